package io.tideline.testing;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;

/** A {@link TestApplication} that the tested server asks. */
public final class ApplicationResource implements QuarkusTestResourceLifecycleManager {
  private static final String URL = ApplicationResource.class.getName() + ".url";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private TestApplication application;
  private Map<String, String> settings = Map.of();

  @Override
  public void init(Map<String, String> initArgs) {
    settings = initArgs;
  }

  @Override
  public Map<String, String> start() {
    application = new TestApplication();
    System.setProperty(URL, application.url().toString());
    Map<String, String> config = new HashMap<>(settings);
    config.put("tideline.authorizer.url", application.url().toString());
    return config;
  }

  @Override
  public void stop() {
    application.close();
  }

  /** As {@link TestApplication#script}, from where the tests are loaded. */
  public static void script(String subject, TestApplication.Script script) {
    HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString(script.toJson().encode());
    call(HttpRequest.newBuilder(resolve("/script?" + subject)).POST(body));
  }

  public static int asked(String subject) {
    return Integer.parseInt(call(HttpRequest.newBuilder(resolve("/asked?" + subject))));
  }

  private static URI resolve(String path) {
    return URI.create(System.getProperty(URL)).resolve(path);
  }

  private static String call(HttpRequest.Builder request) {
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }
}
