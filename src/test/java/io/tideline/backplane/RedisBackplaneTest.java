package io.tideline.backplane;

import io.smallrye.config.SmallRyeConfig;
import io.tideline.testing.Needs;
import io.tideline.testing.Program;
import io.tideline.testing.TestBroker;
import io.vertx.core.Vertx;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

@Needs(Program.REDIS)
class RedisBackplaneTest extends BrokerProcessContract {
  private static final TestBroker BROKER = TestBroker.redis();
  private static final Vertx VERTX = Vertx.vertx();

  @BeforeAll
  static void start() {
    BROKER.start();
  }

  @AfterAll
  static void stop() {
    BROKER.close();
    VERTX.close().toCompletionStage().toCompletableFuture().join();
  }

  @Override
  TestBroker broker() {
    return BROKER;
  }

  @Override
  BrokerConnector connector(SmallRyeConfig application) {
    return new RedisConnector(VERTX, application);
  }

  @Override
  Map<String, String> settings(int port) {
    return Map.of("tideline.backplane.redis.url", "redis://127.0.0.1:" + port);
  }
}
