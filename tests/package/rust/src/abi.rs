//! What this plugin needs of mcp_auth/abi.h, declared by hand.
use std::os::raw::c_void;

pub type Status = u32;
pub const OK: Status = 0;
pub const INTERNAL: Status = 1;
pub const MISCONFIGURED: Status = 3;

pub const ABI_MINOR: u32 = 0;
pub const ROLE_TOKEN: &str = "mcp.auth.token/1";
pub const SERVICE_OAUTH: &str = "mcp.auth.oauth/1";
pub const SERVICE_SUBJECT: &str = "mcp.auth.subject/1";
pub const TYPE_JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
pub const REQUEST_OMIT_RESOURCE: u32 = 1;

/// The host's, for as long as one acquisition runs.
#[repr(C)]
pub struct Call {
    _private: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub ptr: *const u8,
    pub len: usize,
}

impl Str {
    pub const fn of(text: &'static str) -> Str {
        Str { ptr: text.as_ptr(), len: text.len() }
    }
    pub const fn empty() -> Str {
        Str { ptr: std::ptr::null(), len: 0 }
    }
    /// # Safety
    /// `ptr` and `len` are as the host set them.
    pub unsafe fn is(&self, text: &str) -> bool {
        self.len == text.len()
            && (self.len == 0 || std::slice::from_raw_parts(self.ptr, self.len) == text.as_bytes())
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Field {
    pub name: Str,
    pub value: Str,
}

#[repr(C)]
pub struct Fields {
    pub ptr: *const Field,
    pub count: usize,
}

#[repr(C)]
pub struct Failure {
    pub struct_size: u32,
    pub status: Status,
    pub leg: Str,
    pub message: Str,
    pub oauth_error: Str,
    pub description: Str,
    pub acr_values: Str,
    pub max_age: i64,
    pub retry_after: i64,
    pub http_status: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Host {
    pub service: unsafe extern "C" fn(this: *const Host, id: Str) -> *const c_void,
}

#[repr(C)]
pub struct Instance {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub name: Str,
    pub settings: Str,
}

#[repr(C)]
pub struct Plugin {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub id: Str,
    pub version: Str,
    pub roles: Str,
    pub create: unsafe extern "C" fn(
        host: *const Host,
        instance: *const Instance,
        provider: *mut *mut Provider,
        failure: *mut Failure,
    ) -> Status,
}
// Constant data, texts included.
unsafe impl Sync for Plugin {}

#[repr(C)]
pub struct Provider {
    pub extension: unsafe extern "C" fn(this: *mut Provider, id: Str) -> *const c_void,
    pub destroy: unsafe extern "C" fn(this: *mut Provider),
}

#[repr(C)]
pub struct TokenRequest {
    pub struct_size: u32,
    pub reason: u32,
    pub server: Str,
    pub resource: Str,
    pub issuer: Str,
    pub metadata: Str,
    pub scope: Str,
    pub challenge: Str,
    pub flags: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Token {
    pub struct_size: u32,
    pub reserved: u32,
    pub access_token: Str,
    pub token_type: Str,
    pub scope: Str,
    pub expires_at: i64,
}

#[repr(C)]
pub struct Results {
    pub token: unsafe extern "C" fn(call: *mut Call, token: *const Token),
    pub assertion: unsafe extern "C" fn(call: *mut Call, assertion: *const c_void),
    pub failed: unsafe extern "C" fn(call: *mut Call, failure: *const Failure),
}

#[repr(C)]
pub struct TokenRole {
    pub acquire: unsafe extern "C" fn(
        this: *mut Provider,
        call: *mut Call,
        request: *const TokenRequest,
        results: *const Results,
    ) -> Status,
}

#[repr(C)]
pub struct Subject {
    pub struct_size: u32,
    pub reserved: u32,
    pub assertion: Str,
    pub token_type: Str,
    pub expires_at: i64,
}

#[repr(C)]
pub struct SubjectService {
    pub get: unsafe extern "C" fn(
        call: *mut Call,
        accepted: Str,
        subject: *mut Subject,
        failure: *mut Failure,
    ) -> Status,
}

#[repr(C)]
pub struct TokenResponse {
    pub struct_size: u32,
    pub http_status: u32,
    pub json: Str,
    pub access_token: Str,
    pub token_type: Str,
    pub issued_token_type: Str,
    pub refresh_token: Str,
    pub scope: Str,
    pub expires_at: i64,
}

#[repr(C)]
pub struct OauthService {
    pub client: unsafe extern "C" fn(
        call: *mut Call,
        request: *const c_void,
        client: *mut c_void,
        failure: *mut Failure,
    ) -> Status,
    pub token_request: unsafe extern "C" fn(
        call: *mut Call,
        client: Str,
        fields: Fields,
        response: *mut TokenResponse,
        failure: *mut Failure,
    ) -> Status,
}
