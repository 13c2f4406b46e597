//! The map of the app on one screen: contexts, then the route table.

use leptos::prelude::*;
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    pages::{
        access::{Ask, Granted, Request, Requests, Rules, See},
        answer::AnswerPage,
        environment::EnvironmentPage,
        form_new::FormNew,
        invitation::AcceptInvitation,
        members::Members,
        projects::{ProjectHome, Projects},
        settings::Settings,
        setup::Setup,
        share_new::ShareNew,
        shares::Shares,
        shell::{Lost, Notices, Shell},
        signin::SignIn,
        start::Start,
        trust::Trust,
        unlock::UnlockPage,
    },
    state::{clipboard::Clipboard, session::Session, theme::Themes, toasts::Toasts},
};

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    Themes::provide();
    Toasts::provide();
    Clipboard::provide();
    Session::provide();

    view! {
        <Router>
            <Routes fallback=Lost>
                <Route path=path!("/") view=Start />
                <Route path=path!("/setup") view=Setup />
                <Route path=path!("/signin") view=SignIn />
                <Route path=path!("/unlock") view=UnlockPage />
                <Route path=path!("/i") view=AcceptInvitation />
                <ParentRoute path=path!("") view=Shell>
                    <Route path=path!("/projects") view=Projects />
                    <Route path=path!("/p/:project") view=ProjectHome />
                    <Route path=path!("/p/:project/e/:env") view=EnvironmentPage />
                    <Route path=path!("/p/:project/members") view=Members />
                    <Route path=path!("/p/:project/trust") view=Trust />
                    <Route path=path!("/p/:project/ask") view=Ask />
                    <Route path=path!("/p/:project/requests") view=Requests />
                    <Route path=path!("/p/:project/requests/:request") view=Request />
                    <Route path=path!("/p/:project/requests/:request/use") view=Granted />
                    <Route path=path!("/p/:project/rules") view=Rules />
                    <Route path=path!("/p/:project/access") view=See />
                    <Route path=path!("/shares") view=Shares />
                    <Route path=path!("/shares/new") view=ShareNew />
                    <Route path=path!("/shares/ask") view=FormNew />
                    <Route path=path!("/shares/asked/:form") view=AnswerPage />
                    <Route path=path!("/settings") view=Settings />
                </ParentRoute>
            </Routes>
            <Notices />
        </Router>
    }
}
