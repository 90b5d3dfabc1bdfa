package io.tideline.backplane;

/** What may carry announcements between nodes; each has a connector of its name. */
public enum BackplaneKind {
  /** LISTEN and NOTIFY, which take payloads below 8,000 bytes. */
  POSTGRES(7900),
  REDIS(BackplaneKind.ROOMY),
  NATS(BackplaneKind.ROOMY),
  RABBITMQ(BackplaneKind.ROOMY),
  KAFKA(BackplaneKind.ROOMY);

  /** Carries what most publications hold, and isn't long on its way. */
  private static final int ROOMY = 128 << 10;

  private final int messageChars;

  BackplaneKind(int messageChars) {
    this.messageChars = messageChars;
  }

  /** Characters of an announcement, unless it is configured. */
  public int messageChars() {
    return messageChars;
  }
}
