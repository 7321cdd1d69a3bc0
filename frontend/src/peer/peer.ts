/**
 * One side of a call from browser to browser. Both sides may add a camera or a screen at any moment; when both speak at
 * once the polite one gives way (RFC 8829, "perfect negotiation"). What is said goes through the centre, which does not
 * read it.
 */
export type Body = Record<string, unknown>;

export interface Signal {
  id: number;
  kind: string;
  body: Body;
}

export interface Side {
  /** Tell the other browser; the signal's id. */
  say(kind: string, body: Body): Promise<number>;
  /** The other's sound and pictures. */
  hear(stream: MediaStream): void;
  see(stream: MediaStream | null): void;
  state(state: RTCPeerConnectionState): void;
}

export class Peer {
  readonly connection: RTCPeerConnection;
  private making = false;
  private ignoring = false;
  private queue: Promise<void> = Promise.resolve();
  private said: Promise<unknown> = Promise.resolve();

  constructor(
    readonly session: string,
    private readonly side: Side,
    private readonly polite: boolean,
    sound: MediaStream,
    ice: RTCIceServer[],
  ) {
    const connection = (this.connection = new RTCPeerConnection({ iceServers: ice }));
    connection.onnegotiationneeded = () => void this.offer();
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) void this.say("candidate", { candidate: candidate.toJSON() }).catch(() => undefined);
    };
    connection.onconnectionstatechange = () => {
      side.state(connection.connectionState);
      if (connection.connectionState === "failed") connection.restartIce();
    };
    connection.ontrack = ({ track, streams }) => {
      const stream = streams[0] ?? new MediaStream([track]);
      if (track.kind === "audio") return side.hear(stream);
      side.see(stream);
      const over = (): void => side.see(null);
      track.onended = over;
      track.onmute = over;
      track.onunmute = () => side.see(stream);
    };
    for (const track of sound.getTracks()) connection.addTrack(track, sound);
  }

  /** One thing after the other: what the other side hears before the description it belongs to means nothing to it. */
  private say(kind: string, body: Body): Promise<unknown> {
    const said = this.said.then(() => this.side.say(kind, { session: this.session, ...body }));
    this.said = said.catch(() => undefined);
    return said;
  }

  private async offer(): Promise<void> {
    try {
      this.making = true;
      await this.connection.setLocalDescription();
      await this.say("description", { description: this.connection.localDescription?.toJSON() });
    } catch {
      // The call is over, or the connection was closed meanwhile: the pages learn it by the state.
    } finally {
      this.making = false;
    }
  }

  /** What the other browser said, one thing after the other. */
  take(signal: Signal): Promise<void> {
    this.queue = this.queue.then(() => this.understand(signal)).catch((problem: unknown) => console.warn("peer", problem));
    return this.queue;
  }

  private async understand({ kind, body }: Signal): Promise<void> {
    const connection = this.connection;
    if (body["session"] !== this.session || connection.signalingState === "closed") return;
    if (kind === "description") {
      const description = body["description"] as RTCSessionDescriptionInit;
      const collision = description.type === "offer" && (this.making || connection.signalingState !== "stable");
      this.ignoring = !this.polite && collision;
      if (this.ignoring) return;
      await connection.setRemoteDescription(description);
      if (description.type !== "offer") return;
      await connection.setLocalDescription();
      await this.say("description", { description: connection.localDescription?.toJSON() });
    } else if (kind === "candidate") {
      try {
        await connection.addIceCandidate(body["candidate"] as RTCIceCandidateInit);
      } catch (problem) {
        if (!this.ignoring) throw problem;
      }
    }
  }

  /** Show a camera or a screen, or (null) stop showing it. */
  show(picture: MediaStream | null): void {
    for (const sender of this.connection.getSenders()) {
      if (sender.track?.kind === "video") {
        sender.track.stop();
        this.connection.removeTrack(sender);
      }
    }
    const track = picture?.getVideoTracks()[0];
    if (picture && track) this.connection.addTrack(track, picture);
  }

  close(): void {
    for (const sender of this.connection.getSenders()) if (sender.track?.kind === "video") sender.track.stop();
    this.connection.close();
  }
}

/** The microphone; the sentence for people stands in the page. */
export const microphone = (): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ audio: true });

/** A camera or a screen, as the person chooses in the browser's own question. */
export const picture = (what: string): Promise<MediaStream> =>
  what === "screen" ? navigator.mediaDevices.getDisplayMedia({ video: true }) : navigator.mediaDevices.getUserMedia({ video: true });

/** A secret or a name that nobody guesses. */
export function drawn(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Minutes and seconds since a moment. */
export function clock(since: number): string {
  const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
