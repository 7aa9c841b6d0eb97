//! A plugin in Rust: the user's assertion is redeemed at the MCP server's authorization server
//! (RFC 7523 2.1). It stands for the languages that have no kit: all it knows is abi.h.
mod abi;

use abi::*;
use std::mem::size_of;
use std::os::raw::c_void;
use std::panic::catch_unwind;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The host's table comes first, so that a pointer to it is one to the whole.
#[repr(C)]
struct AcmeRust {
    base: Provider,
    oauth: *const OauthService,
    subject: *const SubjectService,
}

/// A service that failed has told the host why: its status is all there is to return.
unsafe fn redeem(
    acme: &AcmeRust,
    call: *mut Call,
    request: &TokenRequest,
    results: &Results,
) -> Result<(), Status> {
    let nothing = std::ptr::null_mut();
    let mut user = Subject {
        struct_size: size_of::<Subject>() as u32,
        reserved: 0,
        assertion: Str::empty(),
        token_type: Str::empty(),
        expires_at: 0,
    };
    ok(((*acme.subject).get)(call, Str::of(TYPE_JWT), &mut user, nothing))?;

    let mut fields = vec![
        Field { name: Str::of("grant_type"), value: Str::of(GRANT) },
        Field { name: Str::of("assertion"), value: user.assertion },
    ];
    if request.flags & REQUEST_OMIT_RESOURCE == 0 {
        fields.push(Field { name: Str::of("resource"), value: request.resource });
    }
    if request.scope.len > 0 {
        fields.push(Field { name: Str::of("scope"), value: request.scope });
    }
    let mut answer = TokenResponse {
        struct_size: size_of::<TokenResponse>() as u32,
        http_status: 0,
        json: Str::empty(),
        access_token: Str::empty(),
        token_type: Str::empty(),
        issued_token_type: Str::empty(),
        refresh_token: Str::empty(),
        scope: Str::empty(),
        expires_at: 0,
    };
    let sent = Fields { ptr: fields.as_ptr(), count: fields.len() };
    ok(((*acme.oauth).token_request)(call, Str::of("mcp"), sent, &mut answer, nothing))?;

    let token = Token {
        struct_size: size_of::<Token>() as u32,
        reserved: 0,
        access_token: answer.access_token,
        token_type: answer.token_type,
        scope: answer.scope,
        expires_at: answer.expires_at,
    };
    (results.token)(call, &token);
    Ok(())
}

fn ok(status: Status) -> Result<(), Status> {
    if status == OK {
        Ok(())
    } else {
        Err(status)
    }
}

/// No panic crosses to the host.
unsafe extern "C" fn acquire(
    this: *mut Provider,
    call: *mut Call,
    request: *const TokenRequest,
    results: *const Results,
) -> Status {
    catch_unwind(|| {
        // Of a shorter struct than ours, an older host's, nothing more is read.
        let mut asked: TokenRequest = std::mem::zeroed();
        let size = ((*request).struct_size as usize).min(size_of::<TokenRequest>());
        let into = &mut asked as *mut TokenRequest as *mut u8;
        std::ptr::copy_nonoverlapping(request as *const u8, into, size);
        match redeem(&*(this as *const AcmeRust), call, &asked, &*results) {
            Ok(()) => OK,
            Err(status) => status,
        }
    })
    .unwrap_or(INTERNAL)
}

static TOKEN_ROLE: TokenRole = TokenRole { acquire };

unsafe extern "C" fn extension(_: *mut Provider, id: Str) -> *const c_void {
    if id.is(ROLE_TOKEN) {
        &TOKEN_ROLE as *const TokenRole as *const c_void
    } else {
        std::ptr::null()
    }
}

unsafe extern "C" fn destroy(this: *mut Provider) {
    drop(Box::from_raw(this as *mut AcmeRust));
}

unsafe extern "C" fn create(
    host: *const Host,
    _: *const Instance,
    provider: *mut *mut Provider,
    failure: *mut Failure,
) -> Status {
    let service = |id| ((*host).service)(host, Str::of(id));
    let oauth = service(SERVICE_OAUTH) as *const OauthService;
    let subject = service(SERVICE_SUBJECT) as *const SubjectService;
    if oauth.is_null() || subject.is_null() {
        // Of a shorter struct than ours, an older host's, nothing is written.
        if failure.is_null() || ((*failure).struct_size as usize) < size_of::<Failure>() {
            return MISCONFIGURED;
        }
        (*failure).status = MISCONFIGURED;
        (*failure).leg = Str::of("provider");
        (*failure).message = Str::of("the host lacks mcp.auth.oauth/1 or mcp.auth.subject/1");
        return MISCONFIGURED;
    }
    let acme = Box::new(AcmeRust { base: Provider { extension, destroy }, oauth, subject });
    *provider = Box::into_raw(acme) as *mut Provider;
    OK
}

static PLUGIN: Plugin = Plugin {
    struct_size: size_of::<Plugin>() as u32,
    abi_minor: ABI_MINOR,
    id: Str::of("acme_rust"),
    version: Str::of("1.0.0"),
    roles: Str::of(ROLE_TOKEN),
    create,
};

#[no_mangle]
pub extern "C" fn mcp_auth_plugin_entry_v1() -> *const Plugin {
    &PLUGIN
}
