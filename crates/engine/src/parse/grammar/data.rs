//! Data flow, durations, errors, retries, endpoints and authentication.

use super::Holds::*;
use super::{Holds, Key, Need, Shape, optional, required, shape};
use crate::parse::offered::Feature;

/// An expression, or a mapping of them.
const MAPPING: Holds = Either(&[Expr, Free]);

pub(crate) static INPUT: Shape = shape(
    "input",
    "'input'",
    &[
        optional("schema", Shape(&SCHEMA), "What the data must look like before it is mapped."),
        optional("from", MAPPING, "The data in the form that is needed."),
    ],
);
pub(crate) static OUTPUT: Shape = shape(
    "output",
    "'output'",
    &[
        optional("schema", Shape(&SCHEMA), "What the data must look like after it is mapped."),
        optional("as", MAPPING, "The data in the form that is needed afterwards."),
    ],
);
pub(crate) static EXPORT: Shape = shape(
    "export",
    "'export'",
    &[
        optional("schema", Shape(&SCHEMA), "What $context must look like."),
        optional("as", MAPPING, "The new $context, such as ${ $context + { found: . } }."),
    ],
);

pub(crate) static SCHEMA: Shape = shape(
    "schema",
    "the schema",
    &[
        optional("format", Usually(&["json"]), "json: a JSON Schema."),
        optional("document", Anything, "The schema."),
        optional("resource", Shape(&RESOURCE), "A file of the release that holds the schema."),
    ],
)
.needs(Need::One(&["document", "resource"]));

pub(crate) static RESOURCE: Shape = shape(
    "resource",
    "the resource",
    &[
        optional("name", Text, "Its name, for people."),
        required("endpoint", ENDPOINT, "Where it is, such as https://host/path or file:///path in the release."),
    ],
);

/// A URI, or a URI with authentication.
pub(crate) const ENDPOINT: Holds = Either(&[Uri, Shape(&ENDPOINT_PARTS)]);
pub(crate) static ENDPOINT_PARTS: Shape = shape(
    "endpoint",
    "the endpoint",
    &[
        required("uri", Uri, "The address; {name} is filled in from the task's input."),
        optional("authentication", Shape(&AUTHENTICATION), "How to sign in there."),
    ],
);

pub(crate) static TIMEOUT: Shape =
    shape("timeout", "the timeout", &[required("after", DURATION, "How long it may take.")]);

/// Units, ISO 8601 text, or an expression that gives one.
pub(crate) const DURATION: Holds = Either(&[Text, Shape(&UNITS)]);
pub(crate) static UNITS: Shape = shape(
    "duration",
    "the duration",
    &[
        optional("days", Integer, "Days."),
        optional("hours", Integer, "Hours."),
        optional("minutes", Integer, "Minutes."),
        optional("seconds", Integer, "Seconds."),
        optional("milliseconds", Integer, "Milliseconds."),
    ],
)
.needs(Need::Any);

pub(crate) static ERROR: Shape = shape(
    "error",
    "the error",
    &[
        required("type", Uri, "URI that names the kind of error."),
        required("status", Integer, "Status, as HTTP has it: 100 to 599."),
        optional("instance", Text, "Path of the task it comes from; left out, the task that raises it."),
        optional("title", Text, "What is wrong, in a few words."),
        optional("detail", Text, "What exactly, and what to do."),
    ],
);

pub(crate) static ERROR_FILTER: Shape = shape(
    "errorFilter",
    "'errors'",
    &[optional("with", Shape(&ERROR_PROPERTIES), "Catches errors with all of these.")],
);
pub(crate) static ERROR_PROPERTIES: Shape = shape(
    "errorProperties",
    "'with'",
    &[
        optional("type", Text, "URI that names the kind of error."),
        optional("status", Integer, "Status."),
        optional("instance", Text, "Path of the task it comes from."),
        optional("title", Text, "Title."),
        optional("detail", Text, "Detail."),
        optional("details", Text, "The same as 'detail': the language's schema calls it so."),
    ],
)
.needs(Need::Any);

pub(crate) static RETRY: Shape = shape(
    "retry",
    "the retry policy",
    &[
        optional("when", Expr, "Tries again only where this holds."),
        optional("exceptWhen", Expr, "Does not try again where this holds."),
        optional("delay", DURATION, "How long to wait before the next attempt."),
        optional("backoff", Shape(&BACKOFF), "How the delay grows."),
        optional("limit", Shape(&LIMIT), "When to give up."),
        optional("jitter", Shape(&JITTER), "A random addition to the delay, so that not all come at once."),
    ],
);
pub(crate) static BACKOFF: Shape = shape(
    "backoff",
    "'backoff'",
    &[
        optional("constant", Free, "The delay stays."),
        optional("linear", Free, "The delay grows by itself each time."),
        optional("exponential", Free, "The delay doubles each time."),
    ],
)
.needs(Need::One(&["constant", "linear", "exponential"]));
pub(crate) static LIMIT: Shape = shape(
    "retryLimit",
    "'limit'",
    &[
        optional("attempt", Shape(&ATTEMPT), "Limits of attempts."),
        optional("duration", DURATION, "How long to go on trying."),
    ],
);
pub(crate) static ATTEMPT: Shape = shape(
    "retryAttempt",
    "'attempt'",
    &[optional("count", Integer, "Most attempts."), optional("duration", DURATION, "How long one attempt may take.")],
);
pub(crate) static JITTER: Shape = shape(
    "jitter",
    "'jitter'",
    &[required("from", DURATION, "Shortest addition."), required("to", DURATION, "Longest addition.")],
);

/// Ways to sign in, of which a policy is one.
pub(crate) const WAYS: [&str; 5] = ["basic", "bearer", "digest", "oauth2", "oidc"];
const BASIC_OR_SECRET: Holds = Either(&[Shape(&SECRET), Shape(&BASIC)]);
const BASIC_KEY: Key = optional("basic", BASIC_OR_SECRET, "User name and password.");
const BEARER_OR_SECRET: Holds = Either(&[Shape(&SECRET), Shape(&BEARER)]);
const BEARER_KEY: Key = optional("bearer", BEARER_OR_SECRET, "A token.");
const DIGEST_OR_SECRET: Holds = Either(&[Shape(&SECRET), Shape(&BASIC)]);
const DIGEST_KEY: Key = optional("digest", DIGEST_OR_SECRET, "HTTP digest authentication.");
const OAUTH2_OR_SECRET: Holds = Either(&[Shape(&SECRET), Shape(&OAUTH2)]);
const OAUTH2_KEY: Key = optional("oauth2", OAUTH2_OR_SECRET, "OAuth 2.0.");
const OIDC_OR_SECRET: Holds = Either(&[Shape(&SECRET), Shape(&OIDC)]);
const OIDC_KEY: Key = optional("oidc", OIDC_OR_SECRET, "OpenID Connect.");
const CERTIFICATE_KEY: Key = optional("certificate", Refused(Feature::Certificate), "Not offered.");

pub(crate) static AUTHENTICATION_POLICY: Shape = shape(
    "authenticationPolicy",
    "the authentication",
    &[BASIC_KEY, BEARER_KEY, DIGEST_KEY, OAUTH2_KEY, OIDC_KEY, CERTIFICATE_KEY],
)
.needs(Need::One(&["basic", "bearer", "digest", "oauth2", "oidc", "certificate"]));
pub(crate) static AUTHENTICATION: Shape = shape(
    "authentication",
    "the authentication",
    &[
        optional("use", Text, "The name of one under use.authentications."),
        BASIC_KEY,
        BEARER_KEY,
        DIGEST_KEY,
        OAUTH2_KEY,
        OIDC_KEY,
        CERTIFICATE_KEY,
    ],
)
.needs(Need::One(&["use", "basic", "bearer", "digest", "oauth2", "oidc", "certificate"]));

pub(crate) static SECRET: Shape =
    shape("secret", "the policy", &[required("use", Text, "The secret that holds the policy's values.")]);
pub(crate) static BASIC: Shape = shape(
    "basic",
    "the policy",
    &[required("username", Text, "User name."), required("password", Text, "Password; take it from $secrets.")],
);
pub(crate) static BEARER: Shape =
    shape("bearer", "the policy", &[required("token", Text, "The token; take it from $secrets.")]);

const AUTHORITY: Key = optional("authority", Uri, "Who gives the tokens.");
const GRANT: Key = optional("grant", Words(&GRANTS), "How a token is asked for.");
const CLIENT: Key = optional("client", Shape(&OAUTH2_CLIENT), "Who asks for the token.");
const REQUEST: Key = optional("request", Shape(&OAUTH2_REQUEST), "How the request is written.");
const ISSUERS: Key = optional("issuers", List(&Text), "Issuers whose tokens are accepted.");
const SCOPES: Key = optional("scopes", List(&Text), "What the token is for.");
const AUDIENCES: Key = optional("audiences", List(&Text), "Whom the token is for.");
const USERNAME: Key = optional("username", Text, "User name, for the grant 'password'.");
const PASSWORD: Key = optional("password", Text, "Password, for the grant 'password'.");
const SUBJECT: Key = optional("subject", Shape(&OAUTH2_TOKEN), "On whose behalf, for a token exchange.");
const ACTOR: Key = optional("actor", Shape(&OAUTH2_TOKEN), "Who acts, for a token exchange.");
const GRANTS: [&str; 5] = [
    "authorization_code",
    "client_credentials",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

pub(crate) static OIDC: Shape = shape(
    "oidc",
    "the policy",
    &[AUTHORITY, GRANT, CLIENT, REQUEST, ISSUERS, SCOPES, AUDIENCES, USERNAME, PASSWORD, SUBJECT, ACTOR],
);
pub(crate) static OAUTH2: Shape = shape(
    "oauth2",
    "the policy",
    &[
        AUTHORITY,
        GRANT,
        CLIENT,
        REQUEST,
        ISSUERS,
        SCOPES,
        AUDIENCES,
        USERNAME,
        PASSWORD,
        SUBJECT,
        ACTOR,
        optional("endpoints", Shape(&OAUTH2_ENDPOINTS), "Paths below the authority."),
    ],
);
pub(crate) static OAUTH2_CLIENT: Shape = shape(
    "oauth2Client",
    "'client'",
    &[
        optional("id", Text, "Id of the client."),
        optional("secret", Text, "Its secret; take it from $secrets."),
        optional("assertion", Text, "A signed JWT instead of a secret."),
        optional(
            "authentication",
            Words(&["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]),
            "How the client proves who it is.",
        ),
    ],
);
pub(crate) static OAUTH2_REQUEST: Shape = shape(
    "oauth2Request",
    "'request'",
    &[optional(
        "encoding",
        Words(&["application/x-www-form-urlencoded", "application/json"]),
        "How the request for a token is encoded.",
    )],
);
pub(crate) static OAUTH2_TOKEN: Shape = shape(
    "oauth2Token",
    "the token",
    &[
        required("token", Text, "The token; take it from $secrets."),
        required("type", Text, "What kind of token it is."),
    ],
);
pub(crate) static OAUTH2_ENDPOINTS: Shape = shape(
    "oauth2Endpoints",
    "'endpoints'",
    &[
        optional("token", Text, "Path that gives tokens."),
        optional("revocation", Text, "Path that revokes tokens."),
        optional("introspection", Text, "Path that tells about a token."),
    ],
);
