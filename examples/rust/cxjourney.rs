// cxjourney from Rust: the little that quickstart.rs needs, safe, over what bindgen reads in c.h.

/// The declarations of c.h, as bindgen gives them.
#[allow(non_camel_case_types, non_upper_case_globals, dead_code, clippy::all)]
mod c {
    include!(env!("CXJOURNEY_BINDINGS"));
}

use std::{mem, ptr, slice};

#[derive(Debug)]
pub struct Error {
    pub code: i32,
    pub message: String,
}
pub type Result<T> = std::result::Result<T, Error>;

/// Lends the text to C: the result is valid as long as the text is.
fn borrow(text: &str) -> c::cxj_str {
    c::cxj_str { data: text.as_ptr().cast(), size: text.len() as _ }
}

/// # Safety
/// The text is alive.
unsafe fn copy(text: c::cxj_str) -> String {
    if text.size == 0 {
        return String::new();
    }
    let bytes = slice::from_raw_parts(text.data.cast::<u8>(), text.size as usize);
    String::from_utf8_lossy(bytes).into_owned()
}

/// Calls what returns a code and takes an error last.
fn call(function: impl FnOnce(*mut *mut c::cxj_error) -> c::cxj_code) -> Result<()> {
    let mut error = ptr::null_mut();
    let code = function(&mut error);
    if code == c::CXJ_OK as c::cxj_code {
        return Ok(());
    }
    let message = unsafe { copy(c::cxj_error_message(error)) };
    unsafe { c::cxj_error_free(error) };
    Err(Error { code, message })
}

fn identifier(name_space: &str, value: &str) -> c::cxj_identifier {
    c::cxj_identifier {
        name_space: borrow(name_space),
        value: borrow(value),
        role: c::CXJ_ROLE_CUSTOMER as _,
        reserved: 0,
    }
}

/// A complaint by phone.
pub struct Call<'a> {
    pub source: &'a str,
    pub id: &'a str,
    pub identifiers: &'a [(&'a str, &'a str)],
}

/// An open store. The library locks inside, so it may be shared between threads.
pub struct Tracker(*mut c::cxj_tracker);
unsafe impl Send for Tracker {}
unsafe impl Sync for Tracker {}

impl Tracker {
    pub fn open(path: &str) -> Result<Tracker> {
        assert_eq!(unsafe { c::cxj_abi_version() }, c::CXJ_ABI_VERSION);
        let mut tracker = ptr::null_mut();
        call(|error| unsafe { c::cxj_open(borrow(path), ptr::null(), &mut tracker, error) })?;
        Ok(Tracker(tracker))
    }

    /// The id of the contact that it repeats, if it does.
    pub fn record(&self, one: &Call) -> Result<Option<String>> {
        let identifiers: Vec<_> = one.identifiers.iter().map(|(n, v)| identifier(n, v)).collect();
        // What CXJ_TOUCHPOINT_INIT is: zero, but for the size.
        let mut touchpoint: c::cxj_touchpoint = unsafe { mem::zeroed() };
        touchpoint.struct_size = mem::size_of::<c::cxj_touchpoint>() as u32;
        touchpoint.source = borrow(one.source);
        touchpoint.id = borrow(one.id);
        touchpoint.channel = c::CXJ_CHANNEL_PHONE as _;
        touchpoint.purpose = c::CXJ_PURPOSE_COMPLAINT as _;
        touchpoint.identifiers = identifiers.as_ptr();
        touchpoint.identifier_count = identifiers.len() as _;
        let mut receipts = ptr::null();
        call(|error| unsafe {
            c::cxj_record(self.0, &touchpoint, 1, ptr::null(), &mut receipts, error)
        })?;
        // One receipt for the one touchpoint; a verdict for the one policy, unless it was refused.
        let result = unsafe {
            let receipt = &**(*receipts).receipts;
            if receipt.code != c::CXJ_OK as c::cxj_code {
                Err(Error { code: receipt.code, message: copy(receipt.message) })
            } else if receipt.verdict_count == 0 {
                Ok(None)
            } else {
                Ok((**receipt.verdicts).repeat_of.as_ref().map(|prior| copy(prior.id)))
            }
        };
        unsafe { c::cxj_receipts_free(receipts) };
        result
    }

    /// Contacts of the last 7 days of the customer that holds the identifier.
    pub fn contacts_7d(&self, name_space: &str, value: &str) -> Result<u64> {
        let who = identifier(name_space, value);
        let mut context = ptr::null();
        call(|error| unsafe {
            c::cxj_context_of(self.0, &who, ptr::null(), &mut context, error)
        })?;
        let contacts = unsafe { (*context).contacts_7d };
        unsafe { c::cxj_context_free(context) };
        Ok(contacts)
    }

    pub fn close(self) -> Result<()> {
        let tracker = self.0;
        mem::forget(self); // Closed here, whether it succeeds or not.
        call(|error| unsafe { c::cxj_close(tracker, error) })
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        unsafe { c::cxj_close(self.0, ptr::null_mut()) };
    }
}
