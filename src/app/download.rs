//! Downloads from the Hub that the user asked for, each on a thread of its own, so that nothing waits for them.

use super::source::Source;
use crate::error::{Error, ErrorKind, Interface};
use crate::guard::reported;
use crate::hub::{Hub, Progress};
use crate::study::Study;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// The downloads that go on, and those that ended without all of it.
#[derive(Default)]
pub struct Downloads(Vec<Download>);

/// One download.
pub struct Download {
    /// For what.
    pub source: Source,
    /// What, in words.
    pub name: String,
    /// How it goes.
    pub state: State,
    news: Receiver<News>,
    stop: Arc<AtomicBool>,
}

/// How a download goes.
pub enum State {
    /// It goes on; nothing before the first report.
    Going(Option<Progress>),
    /// The user ended it.
    Cancelled,
    /// It failed: the library's words.
    Failed(String),
}

enum News {
    Progress(Progress),
    Ended(crate::Result<()>),
}

impl Downloads {
    /// Starts fetching what `study` has for `source`; nothing happens where that comes already.
    pub fn start(&mut self, source: Source, study: &Study, context: &egui::Context) {
        let name = source.name(study);
        if self.going(source).any(|download| download.name == name) {
            return;
        }
        // What an earlier try has to say is out of date.
        self.0.retain(|download| download.source != source || download.is_going());
        self.0.push(Download::start(source, name, study.clone(), context.clone()));
    }

    /// Ends the download of `name`.
    pub fn cancel(&mut self, source: Source, name: &str) {
        for download in self.0.iter_mut().filter(|download| download.source == source && download.name == name) {
            download.cancel();
        }
    }

    /// Ends all of them, and forgets them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes what the threads have told. True where a download has ended, so that more may be on this machine.
    pub fn update(&mut self) -> bool {
        let mut ended = false;
        self.0.retain_mut(|download| {
            loop {
                let news = match download.news.try_recv() {
                    Ok(news) => news,
                    Err(TryRecvError::Disconnected) if download.is_going() => {
                        News::Ended(Err(Error::internal("the download ended without saying why".to_owned())))
                    }
                    Err(_) => return true,
                };
                match (news, &download.state) {
                    (News::Progress(progress), State::Going(_)) => download.state = State::Going(Some(progress)),
                    (News::Progress(_), _) => {}
                    (News::Ended(outcome), state) => {
                        ended = true;
                        match outcome {
                            Ok(()) => return false,
                            Err(error) if error.kind() == ErrorKind::Stopped => download.state = State::Cancelled,
                            Err(error) if matches!(state, State::Going(_)) => {
                                download.state = State::Failed(error.words(Interface::Window));
                            }
                            Err(_) => {}
                        }
                    }
                }
            }
        });
        ended
    }

    /// Those for `source` that go on.
    pub fn going(&self, source: Source) -> impl Iterator<Item = &Download> {
        self.0.iter().filter(move |download| download.source == source && download.is_going())
    }

    /// The one of `name` that ended without all of it.
    #[must_use]
    pub fn ended(&self, source: Source, name: &str) -> Option<&Download> {
        self.0.iter().find(|download| download.source == source && download.name == name && !download.is_going())
    }
}

impl Download {
    fn start(source: Source, name: String, study: Study, context: egui::Context) -> Self {
        let (tell, news) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let told_to_stop = Arc::clone(&stop);
        let work = move || {
            // The Hub asks several times a second, also while nothing comes.
            let mut report = |progress: &Progress| {
                if told_to_stop.load(Ordering::Relaxed) {
                    return Err(Error::stopped("The download was cancelled".to_owned()));
                }
                let _ = tell.send(News::Progress(progress.clone()));
                context.request_repaint();
                Ok(())
            };
            let outcome = reported(|| source.fetch(&study, &mut Hub::online(&mut report)))
                .unwrap_or_else(|words| Err(Error::internal(words)));
            let _ = tell.send(News::Ended(outcome));
            context.request_repaint();
        };
        let spawned = std::thread::Builder::new().name("polarscope download".to_owned()).spawn(work);
        let state = match spawned {
            Ok(_) => State::Going(None),
            Err(error) => State::Failed(format!("The system gives no thread to download on: {error}")),
        };
        Self { source, name, state, news, stop }
    }

    fn is_going(&self) -> bool {
        matches!(self.state, State::Going(_))
    }

    fn cancel(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.state = State::Cancelled;
    }
}

/// The thread is told and not waited for: what it has is on disk, and a window that closes must not hang.
impl Drop for Download {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
