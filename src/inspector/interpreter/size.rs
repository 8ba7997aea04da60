//! How large values are.

use jaq_json::Val;

/// An element of an array, and one of an object with its key.
const ELEMENT: usize = size_of::<Val>();
const ENTRY: usize = 3 * ELEMENT;

/// The bytes of a value, without what is in it.
pub(super) fn size(value: &Val) -> usize {
    match value {
        Val::Null | Val::Bool(_) | Val::Num(_) => 0,
        Val::TStr(text) | Val::BStr(text) => text.len(),
        Val::Arr(array) => array.len().saturating_mul(ELEMENT),
        Val::Obj(object) => object.len().saturating_mul(ENTRY),
    }
}

/// Takes the bytes of a value as text from `left`. One value may be in another many times, so this ends when nothing is left.
pub(super) fn take_text(value: &Val, left: &mut usize) {
    // Quotation marks, a comma, an escape sequence now and then.
    let own = match value {
        Val::TStr(text) | Val::BStr(text) => text.len().saturating_add(4),
        _ => 16,
    };
    *left = left.saturating_sub(own);
    match value {
        Val::Arr(array) => {
            let mut elements = array.iter();
            while let Some(element) = elements.next().filter(|_| *left > 0) {
                take_text(element, left);
            }
        }
        Val::Obj(object) => {
            let mut entries = object.iter();
            while let Some((key, element)) = entries.next().filter(|_| *left > 0) {
                take_text(key, left);
                take_text(element, left);
            }
        }
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::TStr(_) | Val::BStr(_) => {}
    }
}
