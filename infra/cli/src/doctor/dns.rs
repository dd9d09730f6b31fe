//! The few questions to DNS, put to one resolver: texts of a name.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use simple_dns::rdata::{OPT, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// For an answer by UDP, of which some get lost.
const PATIENCE: Duration = Duration::from_secs(2);
const TRIES: usize = 3;
/// As much as passes everywhere in one piece.
const LARGEST_BY_UDP: u16 = 1232;

pub(super) struct Resolver(SocketAddr);

impl Resolver {
    pub(super) fn new(asked: SocketAddr) -> Self {
        Self(asked)
    }

    /// The first that the system asks.
    pub(super) fn of_the_system() -> Option<Self> {
        let known = std::fs::read_to_string("/etc/resolv.conf").ok()?;
        let servers = known.lines().filter_map(|line| {
            let address = line.trim().strip_prefix("nameserver")?.trim();
            address.parse::<IpAddr>().ok()
        });
        let first = servers.into_iter().next()?;
        Some(Self(SocketAddr::new(first, 53)))
    }

    /// The texts of a name; none where there is no such name.
    pub(super) async fn txt(&self, name: &str) -> Result<Vec<String>, String> {
        let question = question(name)?;
        let told = |why: String| format!("DNS ({}) does not answer for {name}: {why}", self.0);
        let answer = self.by_udp(&question).await.map_err(told)?;
        let answer = match read(&answer, &question) {
            Some(read) if read.is_cut => self.by_tcp(&question).await.map_err(told)?,
            _ => answer,
        };
        let read = read(&answer, &question).ok_or_else(|| told("no DNS".to_owned()))?;
        match read.code {
            RCODE::NoError | RCODE::NameError => Ok(read.texts),
            other => Err(told(format!("{other:?}"))),
        }
    }

    async fn by_udp(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        let local: SocketAddr = match self.0 {
            SocketAddr::V4(_) => ([0; 4], 0).into(),
            SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
        };
        let mut buffer = vec![0; usize::from(LARGEST_BY_UDP)];
        let mut why = "in time".to_owned();
        for _ in 0..TRIES {
            let asked = async {
                let socket = UdpSocket::bind(local).await?;
                socket.connect(self.0).await?;
                socket.send(question).await?;
                loop {
                    let length = socket.recv(&mut buffer).await?;
                    if read(&buffer[..length], question).is_some() {
                        return Ok::<_, std::io::Error>(length);
                    }
                }
            };
            match timeout(PATIENCE, asked).await {
                Ok(Ok(length)) => {
                    buffer.truncate(length);
                    return Ok(buffer);
                }
                Ok(Err(error)) => why = error.to_string(),
                Err(_) => {}
            }
        }
        Err(why)
    }

    async fn by_tcp(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        let asked = async {
            let mut stream = TcpStream::connect(self.0).await?;
            let length = u16::try_from(question.len()).unwrap_or(u16::MAX);
            stream.write_all(&length.to_be_bytes()).await?;
            stream.write_all(question).await?;
            let length = stream.read_u16().await?;
            let mut answer = vec![0; usize::from(length)];
            stream.read_exact(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        match timeout(PATIENCE, asked).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err("in time".to_owned()),
        }
    }
}

/// One question, under a number that an answer must repeat.
fn question(name: &str) -> Result<Vec<u8>, String> {
    let bad = |why: simple_dns::SimpleDnsError| format!("{name} is no name of DNS: {why}");
    let mut packet = Packet::new_query(fastrand::u16(..));
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let of = Name::new(name).map_err(bad)?;
    let question = Question::new(of, TYPE::TXT.into(), CLASS::IN.into(), false);
    packet.questions.push(question);
    *packet.opt_mut() = Some(OPT {
        opt_codes: Vec::new(),
        udp_packet_size: LARGEST_BY_UDP,
        version: 0,
    });
    packet.build_bytes_vec().map_err(bad)
}

struct Read {
    code: RCODE,
    is_cut: bool,
    texts: Vec<String>,
}

/// What an answer says, if it is one to that question.
fn read(answer: &[u8], question: &[u8]) -> Option<Read> {
    let (answer, question) = (Packet::parse(answer).ok()?, Packet::parse(question).ok()?);
    if answer.id() != question.id() || !answer.has_flags(PacketFlag::RESPONSE) {
        return None;
    }
    let texts = answer
        .answers
        .iter()
        .filter_map(|record| match &record.rdata {
            RData::TXT(text) => String::try_from(text.clone()).ok(),
            _ => None,
        });
    Some(Read {
        code: answer.rcode(),
        is_cut: answer.has_flags(PacketFlag::TRUNCATION),
        texts: texts.collect(),
    })
}
