//! Serves a classifier over HTTP: a row as JSON in, the label and its probabilities out.
//!
//! Without arguments it answers three requests of its own and ends. With an address it serves until it is stopped:
//!
//! ```sh
//! cargo run --release --example serve -- 127.0.0.1:8080
//! curl localhost:8080 -d '{"bill_length_mm": 39.1, "bill_depth_mm": 18.7, "flipper_length_mm": 181,
//!                          "body_mass_g": 3750, "island": "Torgersen", "sex": "male"}'
//! ```

#[path = "serve/service.rs"]
mod service;

use feedforward::{Classifier, Table};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use tiny_http::Server;

const THREADS: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let table = Table::read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/penguins.csv"))?.drop(&["year"])?;
    let model = Arc::new(Classifier::on(&table, "species").fit()?);

    let address = std::env::args().nth(1);
    let server =
        Arc::new(Server::http(address.as_deref().unwrap_or("127.0.0.1:0")).map_err(|error| error.to_string())?);
    let here = server.server_addr().to_ip().ok_or("expected an address of the internet protocol")?;
    println!("listens on {here}");
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (server, model) = (Arc::clone(&server), Arc::clone(&model));
            thread::spawn(move || service::serve(&server, &model))
        })
        .collect();

    if address.is_none() {
        let penguin = r#""bill_length_mm": 39.1, "bill_depth_mm": 18.7, "flipper_length_mm": 181, "body_mass_g": 3750"#;
        for body in [
            format!(r#"{{{penguin}, "island": "Torgersen", "sex": "male"}}"#),
            format!(r#"{{{penguin}, "island": "Atlantis", "sex": null}}"#),
            format!(r#"{{{penguin}}}"#),
        ] {
            println!("\n{body}\n{}", post(here, &body)?);
        }
        (0..THREADS).for_each(|_| server.unblock());
    }
    for thread in threads {
        thread.join().map_err(|_| "a thread of the server panicked")?;
    }
    Ok(())
}

/// Sends a request, and returns the first line and the body of the answer.
fn post(to: SocketAddr, body: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(to)?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {to}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("expected an answer with a body")?;
    Ok(format!("{}\n{body}", head.lines().next().unwrap_or_default()))
}
