//! Health and public configuration.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use coffer_wire::share::ShareFeature;
use coffer_wire::status::{AdminConfig, AdminConfigAnswer, Extras, StatusAnswer};
use coffer_wire::webhook::WebhookEvent;

use super::time;
use crate::app::App;
use crate::config::Config;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/status", get(status))
        .route("/api/v1/admin/config", get(config))
}

/// `GET /api/status`
async fn status(State(app): State<App>) -> Reply<StatusAnswer> {
    Ok(Json(StatusAnswer {
        date: time(app.now()),
        message: "Ok".to_owned(),
        email_configured: false,
        invite_only_signup: true,
        redis_configured: false,
        secret_scanning_configured: false,
        saml_default_org_slug: None,
    }))
}

/// `GET /api/v1/admin/config`
async fn config(State(app): State<App>) -> Reply<AdminConfigAnswer> {
    let instance = app.store().instance(app.now()).await?;
    Ok(Json(AdminConfigAnswer {
        config: AdminConfig {
            id: instance.id,
            initialized: instance.initialized,
            allow_sign_up: false,
            allowed_sign_up_domain: None,
            enabled_login_methods: Some(vec!["email".to_owned()]),
            default_auth_org_id: None,
            trust_saml_emails: false,
            trust_ldap_emails: false,
            trust_oidc_emails: false,
            is_public_secret_sharing_disabled: !app.config().public_sharing,
            is_migration_mode_on: false,
            auth_consent_content: None,
            page_frame_content: None,
            created_at: Some(time(instance.created_at)),
            updated_at: Some(time(instance.created_at)),
            coffer: Some(Extras {
                shares: features(app.config()),
                file_bytes: app.config().share_file_bytes,
                webhooks: WebhookEvent::BEYOND.to_vec(),
            }),
        },
    }))
}

/// What this server does with shares beyond the compatible API.
fn features(config: &Config) -> Vec<ShareFeature> {
    let takes_files = config.share_file_bytes > 0;
    ShareFeature::ALL
        .into_iter()
        .filter(|feature| takes_files || *feature != ShareFeature::Files)
        .collect()
}
