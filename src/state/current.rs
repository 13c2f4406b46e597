//! Which project is open, for the sidebar and the breadcrumb. Its page says it; the shell shows it.

use leptos::prelude::*;

use super::projects::crumb_of;
use crate::backend::Project;

/// What the frame shows of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProjectCrumb {
    /// Its id, as in the address.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Slugs and names of its environments.
    pub(crate) environments: Vec<(String, String)>,
}

impl ProjectCrumb {
    /// The name of an environment; its slug where nobody knows one.
    pub(crate) fn environment<'a>(&'a self, slug: &'a str) -> &'a str {
        let known = self.environments.iter().find(|(other, _)| other == slug);
        known.map_or(slug, |(_, name)| name)
    }
}

/// The open project, and a count that grows when the list of projects changed.
#[derive(Clone, Copy)]
pub(crate) struct CurrentProject {
    crumb: RwSignal<Option<ProjectCrumb>>,
    project: RwSignal<Option<(String, Project)>, LocalStorage>,
    changes: RwSignal<u32>,
}

impl CurrentProject {
    /// Puts none in the context of the shell.
    pub(crate) fn provide() -> Self {
        let current = Self {
            crumb: RwSignal::new(None),
            project: RwSignal::new_local(None),
            changes: RwSignal::new(0),
        };
        provide_context(current);
        current
    }

    /// The open project, tracked.
    pub(crate) fn get(self) -> Option<ProjectCrumb> {
        self.crumb.get()
    }

    /// A page opened a project, or learned more of it.
    pub(crate) fn open(self, project: &Project) {
        let crumb = crumb_of(project);
        let known = self
            .project
            .with_untracked(|open| open.as_ref().is_some_and(|(id, _)| *id == crumb.id));
        if !known {
            self.project.set(Some((crumb.id.clone(), project.clone())));
        }
        if self.crumb.with_untracked(|now| now.as_ref() != Some(&crumb)) {
            self.crumb.set(Some(crumb));
        }
    }

    /// The handle of the open project and its id, tracked.
    pub(crate) fn project(self) -> Option<(String, Project)> {
        self.project.get()
    }

    /// A project was made, renamed or deleted: lists of projects are read again.
    pub(crate) fn projects_changed(self) {
        self.changes.update(|changes| *changes += 1);
    }

    /// Grows with every [`Self::projects_changed`], tracked.
    pub(crate) fn changes(self) -> u32 {
        self.changes.get()
    }
}
