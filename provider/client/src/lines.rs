//! Bodies of any length: JSON, line by line (`application/x-ndjson`).

use serde_json::Value;

/// What such a body is called.
pub(crate) const MEDIA_TYPE: &str = "application/x-ndjson";

/// Values as the lines of a body.
pub(crate) fn write(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// The lines of a body, as a JSON array.
///
/// # Errors
/// The line that is not JSON.
pub(crate) fn read(body: &[u8]) -> Result<Value, String> {
    let lines =
        body.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
    let read = lines.map(|(index, line)| {
        serde_json::from_slice(line).map_err(|error| format!("its line {} is not JSON ({error})", index + 1))
    });
    read.collect::<Result<Vec<Value>, _>>().map(Value::Array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_survive_writing_and_reading() {
        let values = [json!({ "code": "a", "name": "line\nbreak" }), json!({ "price": 0.1 })];
        let text = write(&values);
        assert_eq!(text.lines().count(), 2);
        assert_eq!(read(text.as_bytes()).unwrap(), json!(values));
        assert_eq!(read(b"").unwrap(), json!([]));
        assert!(read(b"{}\n{").unwrap_err().contains("line 2"));
    }
}
