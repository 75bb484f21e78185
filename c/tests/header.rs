//! The header is what cbindgen makes of the source.

use std::{env, fs};

#[test]
fn the_header_is_that_of_the_source() {
    let here = env!("CARGO_MANIFEST_DIR");
    let path = format!("{here}/include/saring.h");
    let mut made = Vec::new();
    cbindgen::generate(here)
        .expect("the source can be read")
        .write(&mut made);
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&path, &made).expect("the header can be written");
    }
    let kept = fs::read(&path).expect("there is a header");
    let made = String::from_utf8_lossy(&made);
    assert_eq!(
        made,
        String::from_utf8_lossy(&kept),
        "run UPDATE_HEADER=1 cargo test --test header"
    );
}
