//! What a team's own command prints: a number, JSON, or `name value unit` lines.

use crate::event::Figure;

/// Reads the whole stdout. `names` are the metrics the configuration declares; a lone number belongs to the only one.
/// JSON is `{"name": 3}`, `{"name": {"value": 3, "unit": "count", "packages": {"core": 1}}}` or an array of
/// `{"name", "value", "unit", "package"}`. Fails with a fragment that names the line.
pub fn read(_stdout: &str, _names: &[String]) -> Result<Vec<Figure>, String> {
    todo!()
}
