//! The service of the example `serve`, by real requests.

#[path = "../../examples/serve/service.rs"]
mod service;

use feedforward::data::{Column, Row, Value};
use feedforward::estimator::Settings;
use feedforward::{Classifier, Table};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use tiny_http::Server;

/// A model of a number with missing entries and a category.
fn model() -> Classifier<f64, String> {
    let length = (0..60).map(|row| if row % 7 == 0 { f64::NAN } else { f64::from(row % 20) }).collect();
    let island = (0..60).map(|row| Some(["Biscoe", "Dream", "Torgersen"][row % 3]));
    let species = (0..60).map(|row| Some(if row % 20 < 10 { "Adelie" } else { "Gentoo" }));
    let columns =
        vec![Column::numbers("length", length), Column::texts("island", island), Column::texts("species", species)];
    let settings = Settings { hidden: vec![8], epochs: 10, ..Settings::default() };
    Classifier::on(&Table::new(columns).unwrap(), "species").settings(settings).fit().unwrap()
}

/// Sends a request as it stands; returns the status and the body of the answer.
fn send(to: SocketAddr, request: &str) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

fn post(to: SocketAddr, body: &str) -> (u16, serde_json::Value) {
    let length = body.len();
    send(to, &format!("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
}

/// Runs the service on four threads while `client` sends requests to it.
fn with_service(model: &Arc<Classifier<f64, String>>, client: impl FnOnce(SocketAddr)) {
    let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
    let address = server.server_addr().to_ip().unwrap();
    let start = || {
        let (server, model) = (Arc::clone(&server), Arc::clone(model));
        thread::spawn(move || service::serve(&server, &model))
    };
    let threads: Vec<_> = (0..4).map(|_| start()).collect();
    client(address);
    threads.iter().for_each(|_| server.unblock());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn eight_clients_get_what_predict_row_says() {
    let model = Arc::new(model());
    with_service(&model, |address| {
        let ask = |client: usize| {
            for request in 0..50 {
                let length = ((client * 50 + request) % 23) as f64;
                let island = ["Biscoe", "Dream", "Torgersen"][request % 3];
                let row = [("length", Value::from(length)), ("island", Value::from(island))];
                let (status, answer) = post(address, &format!(r#"{{"length": {length}, "island": "{island}"}}"#));
                assert_eq!(status, 200, "{answer}");
                assert_eq!(answer["label"], *model.predict_row(&row).unwrap());
                for (label, probability) in model.classes().iter().zip(&model.predict_row_proba(&row).unwrap()) {
                    assert_eq!(answer["probabilities"][label], *probability);
                }
            }
        };
        thread::scope(|scope| (0..8).for_each(|client| drop(scope.spawn(move || ask(client)))));
    });
}

#[test]
fn bad_requests_are_told_why() {
    let model = Arc::new(model());
    with_service(&model, |address| {
        let refusal = |(status, answer): (u16, serde_json::Value)| {
            (status, answer["error"].as_str().unwrap_or_default().to_owned())
        };
        for (body, words) in [
            ("", &["expected a JSON object", "EOF"][..]),
            ("[1, 2]", &["expected a JSON object"]),
            ("{\"length\": 3", &["expected a JSON object"]),
            (r#"{"length": [3], "island": "Dream"}"#, &["a number, a text, true, false or null"]),
            (r#"{"length": 3}"#, &["island"]),
            (r#"{"length": "long", "island": "Dream"}"#, &["length", "long", "number"]),
            (r#"{"length": 1e999, "island": "Dream"}"#, &["number out of range"]),
        ] {
            let (status, error) = refusal(post(address, body));
            assert_eq!(status, 400, "{body}: {error}");
            words.iter().for_each(|word| assert!(error.contains(word), "{body}: {error}"));
        }
        let long = refusal(post(address, &" ".repeat(1 << 17)));
        assert_eq!((long.0, long.1.as_str()), (413, "expected a body of at most 65536 bytes"));
        let get = refusal(send(address, "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"));
        assert_eq!((get.0, get.1.as_str()), (405, "expected the method POST"));
        // The service goes on.
        let row = Row::from([("length", Value::Missing), ("island", "Dream".into())]);
        assert_eq!(
            post(address, r#"{"length": null, "island": "Dream"}"#).1["label"],
            *model.predict_row(&row).unwrap()
        );
    });
}
