//! A network between the server and a hypervisor, with the faults that networks have.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    /// It arrives.
    Fair,
    /// It is kept back, and nobody is told.
    Silent,
    /// Connections end, and new ones at once.
    Cut,
}

/// The way to a port of this machine.
pub(crate) struct Path {
    /// Where the way begins, `127.0.0.1:PORT`.
    pub(crate) address: String,
    weather: watch::Sender<Weather>,
    connections: Arc<AtomicUsize>,
}

impl Path {
    /// To an address such as `127.0.0.1:16509`.
    pub(crate) async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (weather, forecast) = watch::channel(Weather::Fair);
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, target) = (Arc::clone(&connections), target.to_owned());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(connect(near, target.clone(), forecast.clone()));
            }
        });
        Self { address, weather, connections }
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Nothing arrives any more, and no connection ends.
    pub(crate) fn fall_silent(&self) {
        self.weather.send_replace(Weather::Silent);
    }

    /// Every connection ends, those to come as well.
    pub(crate) fn cut(&self) {
        self.weather.send_replace(Weather::Cut);
    }

    /// What is sent arrives again, what was kept back too.
    pub(crate) fn mend(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

async fn connect(near: TcpStream, target: String, mut weather: watch::Receiver<Weather>) {
    if *weather.borrow() == Weather::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(target).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = forward(near_in, far_out, weather.clone()) => {}
        () = forward(far_in, near_out, weather.clone()) => {}
        _ = weather.wait_for(|weather| *weather == Weather::Cut) => {}
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count) = from.read(&mut bytes).await {
        let fair = weather.wait_for(|weather| *weather == Weather::Fair).await.is_ok();
        if count == 0 || !fair || to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
}
