//! A mail server for testing: it accepts every mail and delivers none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) struct Sink {
    address: SocketAddr,
    mails: UnboundedReceiver<String>,
    refuse: Arc<AtomicUsize>,
}

impl Sink {
    /// Listens on a free port.
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (received, mails) = unbounded_channel();
        let refuse = Arc::new(AtomicUsize::new(0));
        let refusing = Arc::clone(&refuse);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (received, refusing) = (received.clone(), Arc::clone(&refusing));
                tokio::spawn(async move { talk(stream, received, &refusing).await.ok() });
            }
        });
        Ok(Self {
            address,
            mails,
            refuse,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next mail, as it was sent.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.mails.recv().await
    }

    /// Refuses the next mails, this many.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests refuse mails"))]
    pub(crate) fn refuse(&self, mails: usize) {
        self.refuse.store(mails, Ordering::Relaxed);
    }
}

/// One connection: the part of SMTP that a client needs to send a mail.
async fn talk(
    mut stream: TcpStream,
    received: UnboundedSender<String>,
    refuse: &AtomicUsize,
) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let less = |left: usize| left.checked_sub(1);
        let answer = match verb.to_ascii_uppercase().as_str() {
            "MAIL"
                if refuse
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
                    .is_ok() =>
            {
                "451 not now\r\n"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail += &line;
                    mail.push('\n');
                }
                received.send(mail).ok();
                "250 taken\r\n"
            }
            "QUIT" => return writer.write_all(b"221 bye\r\n").await,
            _ => "250 fine\r\n",
        };
        writer.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
