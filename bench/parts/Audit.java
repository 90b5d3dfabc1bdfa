package parts;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import parts.Findings.Kind;

/** Reads every channel's whole history by pages, and compares it with what was acknowledged. */
public final class Audit {
  private static final int PAGE = 256;

  private final Api api;
  private final Findings findings;

  public Audit(Api api, Findings findings) {
    this.api = api;
    this.findings = findings;
  }

  public void of(List<ChannelLog> logs) {
    for (ChannelLog log : logs) {
      try {
        of(log);
      } catch (IOException | IllegalArgumentException e) {
        findings.add(Kind.STUCK, "the history of " + log.name + " could not be read: " + e);
      }
    }
  }

  private void of(ChannelLog log) throws IOException {
    log.forgetOffsets();
    Cursor cursor = new Cursor(log, log.brief ? 0 : 1, "the audit", findings);
    long firstRetained = log.brief ? Long.MAX_VALUE : 1;
    String after = "earliest";
    for (boolean more = true; more; ) {
      HttpResponse<String> answer = api.page(log.name, after, PAGE, 0);
      if (answer.statusCode() != 200) {
        throw new IOException(answer.statusCode() + " " + answer.body());
      }
      Json page = Json.parse(answer.body());
      if (!page.lacks("gap")) {
        findings.add(
            Kind.GAP, log.name + ": the history from earliest has " + page.get("gap").raw());
      }
      for (Json publication : page.get("messages").items()) {
        long offset = publication.get("offset").number();
        firstRetained = Math.min(firstRetained, offset);
        cursor.message(offset);
        log.seen("the audit", offset, Payload.of(publication));
      }
      after = page.get("next").text();
      more = page.get("more").truth();
    }
    log.audit(firstRetained);
  }
}
