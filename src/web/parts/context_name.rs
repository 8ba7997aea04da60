//! The field for the name of a protected context.

use maud::{Markup, html};

/// The name of the field in forms.
pub(crate) const FIELD: &str = "context";

/// The field of a form that changes something in a context of this name; nothing unless it is protected.
pub(crate) fn field(protected: Option<&str>) -> Markup {
    html! {
        @if let Some(name) = protected { (asking(name, None)) }
    }
}

/// The field with what was typed wrongly.
pub(crate) fn asking(name: &str, typed: Option<&str>) -> Markup {
    let wrong = typed.map(|typed| match typed {
        "" => "The name is missing. Nothing was changed.".to_owned(),
        _ => "This is not the name of the context. Nothing was changed.".to_owned(),
    });
    let described = if wrong.is_some() {
        "context-wrong"
    } else {
        "context-why"
    };
    html! {
        div .field.confirm {
            label for="context" { "Name of the context" }
            input #context name=(FIELD) required autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=(described) aria-invalid=[wrong.as_ref().map(|_| "true")] value=[typed];
            @match wrong {
                Some(wrong) => { span #context-wrong .error role="alert" { (wrong) } }
                None => { span #context-why .dim { "It is protected. To change something, type " bdi .mono { (name) } } }
            }
        }
    }
}
