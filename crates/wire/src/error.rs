//! What a server says when it refuses.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// The request's name in the server's log; absent for unknown routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub req_id: Option<String>,
    /// The HTTP status again.
    #[serde(default)]
    pub status_code: u16,
    /// A sentence, or for `ValidationFailure` an array of issues.
    #[serde(default)]
    pub message: Value,
    /// The class of the error, such as `BadRequest` or `TokenError`.
    #[serde(default)]
    pub error: String,
    /// More, for some classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl ErrorBody {
    /// The message as one text, whichever shape it has.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.message {
            Value::String(text) => text.clone(),
            Value::Array(issues) => issues
                .iter()
                .filter_map(|issue| issue.get("message").and_then(Value::as_str))
                .collect::<Vec<_>>()
                .join("; "),
            _ => String::new(),
        }
    }

    /// True if the access token expired or is malformed: time to refresh it.
    #[must_use]
    pub fn is_token_error(&self) -> bool {
        self.error == "TokenError"
    }
}

/// One problem of a `ValidationFailure`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// The kind of problem, such as `too_big` or `custom`.
    pub code: String,
    /// What is wrong, in words.
    pub message: String,
    /// Where in the body it is: keys and indices.
    #[serde(default)]
    pub path: Vec<Value>,
}
