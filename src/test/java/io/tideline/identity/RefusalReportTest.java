package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Identity;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.protocol.Problem;
import io.tideline.session.Authentication;
import io.tideline.session.Credentials;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RefusalReportTest {
  private static final Credentials ANY = Credentials.of("a.b.c");
  private static final TokenRefusal NO_AUDIENCE =
      new TokenRefusal(TokenFault.AUDIENCE, "claim aud is missing; 'us' is expected");
  private static final TokenRefusal EXPIRED =
      new TokenRefusal(TokenFault.EXPIRED, "its time is over");

  private final AtomicLong now = new AtomicLong();
  private final List<TokenFault> counted = new ArrayList<>();
  private final Lines lines = new Lines();
  private final Logger log = Logger.getLogger(RefusalReport.class.getName());
  private Authentication answer = new Authentication.Refused(NO_AUDIENCE);

  @BeforeEach
  void listen() {
    log.addHandler(lines);
  }

  @AfterEach
  void listenNoMore() {
    log.removeHandler(lines);
  }

  @Test
  void theLogHasEachReasonOncePerMinute() {
    RefusalReport report = report(false);
    ask(report);
    ask(report);
    answer = new Authentication.Refused(EXPIRED);
    ask(report);
    assertEquals(2, lines.said.size());
    assertEquals(
        "A token was refused: claim aud is missing; 'us' is expected. (audience; told once a minute"
            + " for each reason, see docs/tokens.md)",
        lines.said.get(0));
    now.addAndGet(RefusalReport.PAUSE.toNanos());
    ask(report);
    assertEquals(3, lines.said.size());
  }

  @Test
  void eachRefusalIsCounted() {
    RefusalReport report = report(false);
    ask(report);
    ask(report);
    assertEquals(List.of(TokenFault.AUDIENCE, TokenFault.AUDIENCE), counted);
  }

  @Test
  void theClientIsToldWhereItIsWished() {
    assertNull(refused(report(false)).problem().detail());
    Authentication.Refused told = refused(report(true));
    assertEquals(Problem.UNAUTHENTICATED, told.problem().problem());
    assertEquals(
        "The token is refused: claim aud is missing; 'us' is expected.", told.problem().detail());
  }

  @Test
  void whatIsGoodAndFaultsGoThrough() {
    answer = new Authentication.Identified(Identity.ANONYMOUS);
    assertSame(answer, ask(report(true)));
    answer = new Authentication.Refused(Problem.INTERNAL);
    assertSame(answer, ask(report(true)));
    assertEquals(List.of(), lines.said);
    assertEquals(List.of(), counted);
  }

  private RefusalReport report(boolean tellsClients) {
    return new RefusalReport(
        credentials -> Uni.createFrom().item(answer), tellsClients, counted::add, now::get);
  }

  private static Authentication.Refused refused(RefusalReport report) {
    return (Authentication.Refused) ask(report);
  }

  private static Authentication ask(RefusalReport report) {
    return report.authenticate(ANY).await().indefinitely();
  }

  /** What was written, formatted. */
  private static final class Lines extends Handler {
    private final List<String> said = new ArrayList<>();

    @Override
    public void publish(LogRecord line) {
      said.add(
          line.getParameters() == null
              ? line.getMessage()
              : String.format(line.getMessage(), line.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
