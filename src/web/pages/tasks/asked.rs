//! The parameters of the address of a list of tasks.

#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    /// The selection.
    #[serde(default)]
    pub(super) q: String,
    /// Where the page of the list begins.
    pub(super) from: Option<String>,
}
