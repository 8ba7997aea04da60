//! What `scripts/package` has made, installed and run. `.ci/run` packs first, and names the folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::{PROGRAM, both, command, stdout, tree};
use crate::harness::redis::Redis;
use crate::harness::setting;
use crate::harness::tools::sources;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder with the packages.
fn packages() -> PathBuf {
    let folder = setting("QCTL_TEST_PACKAGES");
    folder
        .expect("QCTL_TEST_PACKAGES names the folder that scripts/package has filled")
        .into()
}

/// The package whose name ends like this.
#[track_caller]
fn package(suffix: &str) -> PathBuf {
    let names = fs::read_dir(packages())
        .unwrap()
        .map(|file| file.unwrap().path());
    let found: Vec<_> = names
        .filter(|path| path.to_str().unwrap().ends_with(suffix))
        .collect();
    let [package] = found.as_slice() else {
        panic!("packages that end in {suffix}: {found:?}");
    };
    package.clone()
}

fn folder() -> TempDir {
    TempDir::with_prefix("qctl-package-").unwrap()
}

fn unpack(archive: &Path, into: &Path) {
    stdout(command("tar").arg("-xf").arg(archive).arg("-C").arg(into));
}

#[track_caller]
fn has(tree: &[String], files: &[&str]) {
    for file in files {
        assert!(tree.iter().any(|path| path == file), "{file}: {tree:#?}");
    }
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn the_sums_are_those_of_the_files() {
    let mut check = command("sha256sum");
    let said = stdout(
        check
            .args(["--check", "--strict", "SHA256SUMS"])
            .current_dir(packages()),
    );
    let names = fs::read_dir(packages()).unwrap().count();
    assert_eq!(
        said.lines().filter(|line| line.ends_with(": OK")).count() + 1,
        names,
        "{said}"
    );
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn the_tarball_has_a_program_that_runs_anywhere() {
    let folder = folder();
    unpack(&package(".tar.gz"), folder.path());
    let name = package(".tar.gz")
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .replace(".tar.gz", "");
    assert!(name.starts_with(&format!("qctl-{VERSION}-")), "{name}");
    let root = folder.path().join(&name);
    has(
        &tree(&root),
        &[
            "bin/qctl",
            "lib/systemd/system/qctl-serve.service",
            "lib/systemd/system/qctl-worker@.service",
            "share/bash-completion/completions/qctl",
            "share/doc/qctl/LICENSE",
            "share/doc/qctl/THIRD-PARTY-LICENSES.txt",
            "share/man/man1/qctl-work.1",
            "share/man/man5/qctl.toml.5",
        ],
    );
    let mut version = command(root.join("bin/qctl"));
    assert_eq!(
        stdout(version.arg("--version")),
        format!("qctl {VERSION}\n")
    );
    let headers = stdout(command("readelf").arg("-lW").arg(root.join("bin/qctl")));
    assert!(!headers.contains("INTERP"), "it is static");
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn a_program_that_is_not_static_is_refused() {
    let folder = folder();
    let mut pack = command("scripts/package");
    pack.args(["--binary", PROGRAM, "--out"]).arg(folder.path());
    let output = pack
        .env("HOME", setting("HOME").unwrap_or_default())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        both(&output).contains(&format!("error: {PROGRAM} is not static\n")),
        "{}",
        both(&output)
    );
    assert_eq!(tree(folder.path()), [""; 0]);
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn dpkg_installs_it_in_a_clean_root_and_removes_it() {
    let folder = folder();
    let root = folder.path();
    let database = root.join("var/lib/dpkg");
    for name in ["info", "updates", "triggers"] {
        fs::create_dir_all(database.join(name)).unwrap();
    }
    fs::write(database.join("status"), "").unwrap();
    let before = tree(root);
    let dpkg = |args: &[&str]| {
        let mut dpkg = command("dpkg");
        dpkg.arg(format!("--root={}", root.display()))
            .args(["--force-not-root", "--log=/dev/null"]);
        dpkg.args(args);
        stdout(&mut dpkg)
    };
    dpkg(&["--install", package(".deb").to_str().unwrap()]);
    has(
        &tree(root),
        &[
            "usr/bin/qctl",
            "usr/lib/systemd/system/qctl-worker@.service",
            "usr/share/bash-completion/completions/qctl",
            "usr/share/doc/qctl/copyright",
            "usr/share/fish/vendor_completions.d/qctl.fish",
            "usr/share/man/man1/qctl.1.gz",
            "usr/share/man/man5/qctl.toml.5.gz",
            "usr/share/zsh/vendor-completions/_qctl",
        ],
    );
    assert_eq!(
        dpkg(&["--verify", "qctl"]),
        "",
        "all files are as they were packed"
    );
    assert_eq!(
        stdout(command(root.join("usr/bin/qctl")).arg("--version")),
        format!("qctl {VERSION}\n")
    );
    dpkg(&["--purge", "qctl"]);
    let left: Vec<String> = tree(root)
        .into_iter()
        .filter(|path| !path.starts_with("var/lib/dpkg/"))
        .collect();
    let before: Vec<String> = before
        .into_iter()
        .filter(|path| !path.starts_with("var/lib/dpkg/"))
        .collect();
    assert_eq!(left, before);
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn the_rpm_is_whole_and_has_the_same_files() {
    let rpm = |args: &[&str]| stdout(command("rpm").args(args).arg(package(".rpm")));
    assert!(rpm(&["--checksig"]).contains("digests OK"));
    assert_eq!(
        rpm(&["-qp", "--queryformat", "%{NAME} %{VERSION} %{LICENSE}"]),
        format!("qctl {VERSION} MIT")
    );
    let files: Vec<String> = rpm(&["-qlp"]).lines().map(str::to_owned).collect();
    has(
        &files,
        &[
            "/usr/bin/qctl",
            "/usr/lib/systemd/system/qctl-serve.service",
            "/usr/lib/systemd/system/qctl-worker@.service",
            "/usr/share/bash-completion/completions/qctl",
            "/usr/share/doc/qctl/THIRD-PARTY-LICENSES.txt",
            "/usr/share/fish/vendor_completions.d/qctl.fish",
            "/usr/share/man/man1/qctl-cron-add.1",
            "/usr/share/man/man5/qctl.toml.5",
            "/usr/share/zsh/site-functions/_qctl",
        ],
    );
    let needed = rpm(&["-qRp"]);
    assert!(
        !needed.contains("libc"),
        "a static program needs no library:\n{needed}"
    );
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The file that a descriptor of an image names.
fn blob(image: &Path, descriptor: &Value) -> PathBuf {
    let digest = descriptor["digest"].as_str().unwrap();
    let path = image
        .join("blobs/sha256")
        .join(digest.strip_prefix("sha256:").unwrap());
    let sum = stdout(command("sha256sum").arg(&path));
    assert_eq!(format!("sha256:{}", sum.split(' ').next().unwrap()), digest);
    assert_eq!(
        fs::metadata(&path).unwrap().len(),
        descriptor["size"].as_u64().unwrap()
    );
    path
}

/// What container engines add to an image when they run it.
fn add_what_engines_add(root: &Path) {
    fs::create_dir(root.join("dev")).unwrap();
    for (device, minor) in [("dev/random", "8"), ("dev/urandom", "9")] {
        let device = root.join(device);
        stdout(
            command("mknod")
                .args(["-m", "444"])
                .arg(device)
                .args(["c", "1", minor]),
        );
    }
    fs::write(root.join("etc/hosts"), "127.0.0.1 redis.internal\n").unwrap();
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn the_image_has_the_program_alone_and_it_runs() {
    let (image, root) = (folder(), folder());
    unpack(&package(".image.tar"), image.path());
    let index = json(&image.path().join("index.json"));
    let manifest = json(&blob(image.path(), &index["manifests"][0]));
    let config = json(&blob(image.path(), &manifest["config"]));
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Entrypoint"][0], "/usr/bin/qctl");
    let layer = blob(image.path(), &manifest["layers"][0]);
    let loaded = json(&image.path().join("manifest.json"));
    assert_eq!(
        image.path().join(loaded[0]["Layers"][0].as_str().unwrap()),
        layer,
        "for docker load"
    );
    unpack(&layer, root.path());
    let files: Vec<String> = tree(root.path())
        .into_iter()
        .filter(|path| !path.ends_with('/'))
        .collect();
    assert_eq!(
        files,
        [
            "etc/group",
            "etc/passwd",
            "etc/ssl/certs/ca-certificates.crt",
            "usr/bin/qctl",
            "usr/share/doc/qctl/LICENSE",
            "usr/share/doc/qctl/THIRD-PARTY-LICENSES.txt",
        ]
    );

    add_what_engines_add(root.path());
    let run = |args: &[&str]| {
        let mut chroot = command("chroot");
        chroot
            .arg("--userspec=65532:65532")
            .arg(root.path())
            .arg("/usr/bin/qctl")
            .args(args);
        stdout(&mut chroot)
    };
    // chroot needs to pass the folder that only its owner may enter.
    stdout(command("chmod").arg("755").arg(root.path()));
    assert_eq!(run(&["--version"]), format!("qctl {VERSION}\n"));
    let redis = Redis::start();
    let url = redis.url().replace("127.0.0.1", "redis.internal");
    let id = run(&[
        "enqueue",
        "email:deliver",
        "--id",
        "welcome-1",
        "-o",
        "id",
        "--redis",
        &url,
    ]);
    assert_eq!(id, "welcome-1\n");
    assert_eq!(
        run(&["ls", "tasks", "-o", "id", "--redis", &url]),
        "welcome-1\n"
    );
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn the_sbom_and_the_licenses_name_what_is_linked_and_nothing_else() {
    let sbom = json(&package(".cdx.json"));
    let components = sbom["components"].as_array().unwrap();
    let names: Vec<&str> = components
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    for name in ["redis", "tokio", "ring", "ratatui"] {
        assert!(names.contains(&name), "{name}");
    }
    for name in ["proptest", "fantoccini", "syn", "serde_derive", "cc"] {
        assert!(
            !names.contains(&name),
            "{name} runs in tests or in the compiler"
        );
    }
    let licenses = package(".tar.gz");
    let folder = folder();
    unpack(&licenses, folder.path());
    let root = fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = fs::read_to_string(root.join("share/doc/qctl/THIRD-PARTY-LICENSES.txt")).unwrap();
    for component in components {
        let (name, version) = (
            component["name"].as_str().unwrap(),
            component["version"].as_str().unwrap(),
        );
        assert!(component["licenses"][0]["expression"].is_string(), "{name}");
        assert_eq!(
            component["hashes"][0]["content"].as_str().unwrap().len(),
            64,
            "{name}"
        );
        assert!(text.contains(&format!("{name} {version}")), "{name}");
    }
}

#[test]
#[ignore = "needs what scripts/package makes"]
fn the_formula_installs_the_tarballs() {
    let folder = folder();
    let tarball = package(".tar.gz");
    let name = tarball.file_name().unwrap();
    fs::copy(&tarball, folder.path().join(name)).unwrap();
    let mut make = command(sources().join("scripts/package"));
    make.args([
        "--formula",
        "https://example.com/qctl/releases/download/v1",
        "--out",
    ])
    .arg(folder.path());
    stdout(make.env("HOME", setting("HOME").unwrap_or_default()));
    let formula = fs::read_to_string(folder.path().join("qctl.rb")).unwrap();
    let sum = stdout(command("sha256sum").arg(&tarball));
    for text in [
        &format!(
            "    url \"https://example.com/qctl/releases/download/v1/{}\"\n",
            name.to_str().unwrap()
        ),
        &format!("    sha256 \"{}\"\n", sum.split(' ').next().unwrap()),
        "  homepage \"https://example.com/qctl\"\n",
        "bin.install \"bin/qctl\"",
    ] {
        assert!(formula.contains(text), "{text}:\n{formula}");
    }
}
