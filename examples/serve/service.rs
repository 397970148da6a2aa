//! The service of the example `serve`: what it answers to each request.

use feedforward::data::Row;
use feedforward::{Classifier, Error};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use tiny_http::{Header, Method, Request, Response, Server};

/// The longest body of a request, in bytes.
const LONGEST_BODY: usize = 1 << 16;

/// Answers requests until the server is unblocked. Several threads may serve with the same model.
pub fn serve(server: &Server, model: &Classifier<f64, String>) {
    while let Ok(mut request) = server.recv() {
        let (status, body) = answer(&mut request, model);
        let json = Header::from_bytes("Content-Type", "application/json").into_iter();
        let response = json.fold(Response::from_string(body.to_string()), Response::with_header);
        // A client that has gone away is no concern of the others.
        let _ = request.respond(response.with_status_code(status));
    }
}

/// Returns the status and the body of the answer.
fn answer(request: &mut Request, model: &Classifier<f64, String>) -> (u16, Value) {
    let refuse = |status, error: String| (status, json!({ "error": error }));
    if *request.method() != Method::Post {
        return refuse(405, "expected the method POST".to_owned());
    }
    let mut body = Vec::new();
    match request.as_reader().take(LONGEST_BODY as u64 + 1).read_to_end(&mut body) {
        Ok(length) if length <= LONGEST_BODY => {}
        Ok(_) => return refuse(413, format!("expected a body of at most {LONGEST_BODY} bytes")),
        Err(error) => return refuse(400, error.to_string()),
    }
    let row = match serde_json::from_slice::<Row>(&body) {
        Ok(row) => row,
        Err(error) => return refuse(400, format!("expected a JSON object of names and values: {error}")),
    };
    match predict(model, &row) {
        Ok(prediction) => (200, prediction),
        Err(error) => refuse(400, error.to_string()),
    }
}

fn predict(model: &Classifier<f64, String>, row: &Row) -> Result<Value, Error> {
    let probabilities = model.predict_row_proba(row)?;
    let by_label: BTreeMap<_, _> = model.classes().iter().zip(&probabilities).collect();
    Ok(json!({ "label": model.predict_row(row)?, "probabilities": by_label }))
}
