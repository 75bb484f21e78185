//! The **message** of the last call that failed, one a thread.

use std::cell::RefCell;
use std::ffi::{CString, c_char};

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Keeps a message as one line.
pub fn tell(reason: &str) {
    let line: String = reason
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = CString::new(line).expect("a zero is a control character");
    LAST.with_borrow_mut(|last| *last = line);
}

/// The last message; good until the next [`tell`] on this thread.
pub fn last() -> *const c_char {
    LAST.with_borrow(|last| last.as_ptr())
}
