//! The forms of a task: opened, filled in and sent as a browser does.

use super::client::Response;
use super::{Page, encode};

/// Where the task `one` in `low` is edited.
pub(super) const FORM: &str = "/task/edit?queue=low&id=one";

/// Where a copy of it is made.
pub(super) const COPY: &str = "/task/clone?queue=low&id=one";

/// The fields of a form, as a browser would send them.
#[track_caller]
pub(super) fn open(page: &Page, path: &str) -> Vec<(String, String)> {
    let html = page.read(path);
    fields(&html)
}

#[track_caller]
pub(super) fn fields(html: &str) -> Vec<(String, String)> {
    let form = html.split("<form class=\"task edit\"").nth(1);
    let form = form.unwrap_or_else(|| panic!("no form: {html}"));
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let start = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(text(start.split('"').next()?))
    };
    let mut fields = Vec::new();
    for tag in form.split('<').skip(1) {
        let name = || attribute(tag, "name").unwrap();
        match tag.split([' ', '>']).next().unwrap() {
            "input" => fields.push((name(), attribute(tag, "value").unwrap_or_default())),
            "textarea" => {
                let inner = tag.split_once('>').unwrap().1;
                let inner = inner.strip_prefix('\n').unwrap_or(inner);
                fields.push((name(), text(inner)));
            }
            "option" if tag.contains(" selected") => {
                fields.push(("encoding".to_owned(), attribute(tag, "value").unwrap()));
            }
            _ => {}
        }
    }
    fields
}

/// What HTML escapes.
pub(super) fn text(html: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    let all = entities.iter();
    all.fold(html.to_owned(), |text, (entity, c)| text.replace(entity, c))
}

pub(super) fn set(fields: &mut [(String, String)], name: &str, value: &str) {
    let field = fields.iter_mut().find(|(known, _)| known == name);
    value.clone_into(&mut field.unwrap_or_else(|| panic!("no field {name}")).1);
}

#[track_caller]
pub(super) fn post<T: AsRef<str>>(page: &Page, path: &str, fields: &[(T, T)]) -> Response {
    let fields = fields.iter().map(|(name, value)| {
        // As browsers do with the lines of a text area.
        let value = value.as_ref().replace('\n', "\r\n");
        format!("{}={}", name.as_ref(), encode(&value))
    });
    let form = fields.collect::<Vec<_>>().join("&");
    page.submit(path, &form)
}
