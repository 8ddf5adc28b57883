//! The desktop's file dialog, on a thread of its own so that no frame waits for it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// What the dialog is to find.
#[derive(Clone, Copy)]
pub enum Pick {
    /// A file that is there.
    File,
    /// A folder.
    Folder,
    /// A file that is to be written.
    New,
}

/// A dialog that may be open.
#[derive(Default)]
pub struct FileDialog {
    answer: Option<Receiver<Option<PathBuf>>>,
    unanswered: bool,
}

impl FileDialog {
    /// Opens it in `folder`; `name` is proposed for a new file, `filter` names the endings that are shown.
    pub fn open(
        &mut self,
        folder: &Path,
        pick: Pick,
        name: String,
        filter: Option<(&'static str, &'static [&'static str])>,
    ) {
        let (tell, answer) = channel();
        let folder = folder.to_owned();
        let work = move || {
            let dialog = rfd::FileDialog::new().set_directory(folder);
            let dialog = match filter {
                Some((words, endings)) => dialog.add_filter(words, endings),
                None => dialog,
            };
            let chosen = match pick {
                Pick::File => dialog.pick_file(),
                Pick::Folder => dialog.pick_folder(),
                Pick::New => dialog.set_file_name(name).save_file(),
            };
            let _ = tell.send(chosen);
        };
        let spawned = std::thread::Builder::new().name("polarscope file dialog".to_owned()).spawn(work);
        self.unanswered = spawned.is_err();
        self.answer = spawned.is_ok().then_some(answer);
    }

    /// What was chosen, once it was.
    pub fn poll(&mut self) -> Option<PathBuf> {
        match self.answer.as_ref()?.try_recv() {
            Ok(Some(path)) => {
                self.answer = None;
                Some(path)
            }
            Ok(None) | Err(TryRecvError::Disconnected) => {
                self.unanswered = true;
                self.answer = None;
                None
            }
            Err(TryRecvError::Empty) => None,
        }
    }

    /// Whether it is open: what is chosen comes without a frame.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.answer.is_some()
    }

    /// Whether it gave nothing: it was cancelled, or this desktop has none.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.unanswered
    }
}
