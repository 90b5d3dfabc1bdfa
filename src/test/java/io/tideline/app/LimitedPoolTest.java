package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.vertx.VertxContextSupport;
import io.tideline.testing.PostgresResource;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.concurrent.TimeUnit;
import org.hibernate.reactive.mutiny.Mutiny;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(PostgresResource.class)
class LimitedPoolTest {
  private static final String SHOW = "show enable_seqscan";

  @Inject Pool pool;
  @Inject Mutiny.SessionFactory sessions;

  @Test
  void noConnectionKeepsAPlanThatScans() throws Exception {
    assertEquals(
        "off",
        pool.query(SHOW)
            .execute()
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS)
            .iterator()
            .next()
            .getString(0));
  }

  @Test
  void norDoHibernates() throws Throwable {
    assertEquals(
        "off",
        VertxContextSupport.subscribeAndAwait(
            () ->
                sessions.withSession(
                    session -> session.createNativeQuery(SHOW, String.class).getSingleResult())));
  }
}
