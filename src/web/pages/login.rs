//! The page for someone who is not logged in. Its form works without JavaScript; `login.js` sends
//! it when the address of the page carries the token.

use maud::{Markup, html};

use super::frame::bare;
use crate::web::assets;
use crate::web::parts::notice::{Kind, notice};
use crate::web::state::Shared;

/// The page. `next` is the address that was asked for, without the root path; `problem` says why the last login failed.
pub(crate) fn login(shared: &Shared, next: &str, problem: Option<&str>) -> Markup {
    let body = html! {
        section .panel.login {
            h1 { "Log in" }
            @if let Some(problem) = problem { (notice(Kind::Error, &html! { (problem) })) }
            form #login .stack method="post" action=(shared.link("/login", &[("next", next)])) {
                // Password stores want a name beside a password.
                input type="text" name="username" value="qctl" autocomplete="username" hidden;
                div .field {
                    label for="token" { "Token" }
                    input #token type="password" name="token" autocomplete="current-password" required autofocus;
                }
                button .button.primary type="submit" { "Log in" }
            }
            p .dim { "qctl serve has printed the token, or the name of the file that holds it." }
            script type="module" src=(shared.link(&assets::path("login.js"), &[])) {}
        }
    };
    bare(shared, "Log in", &body)
}
