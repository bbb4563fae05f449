//! Tests of PostgreSQL over TLS, on a server that accepts nothing else.

use std::process::Command;

use spendsense::store::Store;

use crate::postgres::{Server, USER, as_account};

/// Rules of access: only encrypted connections, except on the socket.
const ACCESS: &str = "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

#[tokio::test]
async fn a_server_can_be_reached_encrypted_and_its_certificate_verified() {
    let Some(mut server) = Server::start() else {
        return;
    };
    certify(&server, "server", "127.0.0.1");
    certify(&server, "other", "127.0.0.1");
    let settings = format!(
        "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
        server.path("server.crt").display(),
        server.path("server.key").display()
    );
    server.configure(&settings, ACCESS);
    let try_with = async |options: &str| {
        let store = Store::open(&format!("{}?{options}", server.url())).unwrap();
        store.migrate().await.map_err(|error| error.to_string())
    };
    let roots = |name| format!("sslrootcert={}", server.path(name).display());
    try_with("sslmode=require").await.unwrap();
    let full = format!("sslmode=verify-full&{}", roots("server.crt"));
    try_with(&full).await.unwrap();
    let wrong = format!("sslmode=verify-full&{}", roots("other.crt"));
    let error = try_with(&wrong).await.unwrap_err();
    assert!(error.contains("certificate"), "{error}");
    let error = try_with("sslmode=disable").await.unwrap_err();
    assert!(error.contains(USER), "{error}");
}

#[tokio::test]
async fn the_certificate_of_another_machine_is_verified_unless_the_url_says_otherwise() {
    // An address of loopback that is not taken for this machine.
    const ADDRESS: &str = "::ffff:127.0.0.1";
    let Some(mut server) = Server::start() else {
        return;
    };
    certify(&server, "server", ADDRESS);
    let settings = format!(
        "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
        server.path("server.crt").display(),
        server.path("server.key").display()
    );
    server.configure(&settings, ACCESS);
    let url = format!("{}?host={ADDRESS}", server.url());
    let try_with = async |options: &str| {
        let store = Store::open(&format!("{url}&{options}")).unwrap();
        store.migrate().await.map_err(|error| error.to_string())
    };
    let error = try_with("").await.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
    try_with("sslmode=require").await.unwrap();
    let roots = server.path("server.crt");
    let roots = format!("sslrootcert={}", roots.display());
    try_with(&roots).await.unwrap();
}

/// Makes a certificate that signs itself, and its key, which the server's account may read.
fn certify(server: &Server, name: &str, address: &str) {
    let mut openssl = as_account("openssl".as_ref());
    openssl
        .args([
            "req", "-x509", "-nodes", "-days", "2", "-newkey", "rsa:2048",
        ])
        .args(["-subj", &format!("/CN={name}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", &format!("subjectAltName=IP:{address}")])
        .arg("-keyout")
        .arg(server.path(&format!("{name}.key")))
        .arg("-out")
        .arg(server.path(&format!("{name}.crt")));
    run(&mut openssl);
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{error}");
}
