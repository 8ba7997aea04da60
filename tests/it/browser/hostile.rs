//! Tasks from strangers.

use super::Visit;
use crate::harness::qctl::Qctl;

#[tokio::test]
async fn hostile_payloads_are_shown_and_do_nothing() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let deep = format!("{{\"deep\":{}1{}}}", "[".repeat(2_000), "]".repeat(2_000));
    let large = format!("{{\"blob\":\"{}\"}}", "x".repeat(1_000_000));
    let payloads: [(&str, &[u8]); 6] = [
        ("script", b"<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">"),
        ("control", b"\x1b[31mred\x07\x00 \r\n end"),
        ("rtl", "{\"file\":\"\u{202e}gpj.exe\",\"word\":\"\u{5d0}\u{5d1}\"}".as_bytes()),
        ("binary", b"\xff\xfe\x00\x01broken"),
        ("deep", deep.as_bytes()),
        ("large", large.as_bytes()),
    ];
    for (id, payload) in payloads {
        let enqueue = [
            "enqueue",
            "<b>evil</b>",
            "--queue",
            "hostile",
            "--payload",
            "@payload",
            "--id",
        ];
        let done = Qctl::new(&visit.redis)
            .args(enqueue)
            .arg(id)
            .file("payload", payload);
        done.run_unchecked().expect_code(0);
        visit.open(&format!("/task?queue=hostile&id={id}")).await;
        // WebDriver's own text of a page takes long if its elements are nested this deeply.
        let shows = "return document.body.textContent.includes('<b>evil</b>')";
        visit.browser.wait_until(shows).await;
        visit.browser.picture(&format!("task-{id}")).await;
        visit.is_clean().await;
        let title = visit.browser.execute("return document.title").await;
        assert!(!title.as_str().unwrap().contains("owned"));
    }
    visit.open("/tasks?q=queue:hostile").await;
    visit.browser.wait_for_text("6 tasks match").await;
    visit.is_clean().await;
    // Exact numbers stay exact.
    let number = "{\"n\":123456789012345678901234567890}";
    visit.qctl(&[
        "enqueue",
        "a",
        "--queue",
        "hostile",
        "--id",
        "number",
        "--payload",
        number,
    ]);
    visit.open("/task?queue=hostile&id=number").await;
    visit
        .browser
        .wait_for_text("123456789012345678901234567890")
        .await;
    visit.is_clean().await;
}

#[tokio::test]
async fn a_mistake_in_a_selection_is_shown_under_its_box() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit.open("/tasks?q=queue:a+stat:retry").await;
    visit
        .browser
        .wait_for_text("did you mean state:retry?")
        .await;
    visit.is_clean().await;
    visit.open("/tasks?q=<script>alert(1)</script>").await;
    visit.browser.wait_for_text("has no key").await;
    visit.is_clean().await;
}
