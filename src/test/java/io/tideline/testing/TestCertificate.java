package io.tideline.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate that a test makes and trusts. */
public record TestCertificate(Path store) {
  public static final String PASSWORD = "changeit";
  private static final String ALIAS = "server";

  /** Makes a key for localhost in the store, in place of what is there. */
  public static TestCertificate make(Path store) {
    return make(store, "dns:localhost,ip:127.0.0.1");
  }

  /** Makes a key for the hosts of these names. */
  public static TestCertificate make(Path store, String names) {
    try {
      Files.createDirectories(store.toAbsolutePath().getParent());
      Path fresh = store.resolveSibling(store.getFileName() + ".new");
      Files.deleteIfExists(fresh);
      makeKey(fresh, ALIAS, "-dname", "CN=localhost", "-ext", "san=" + names);
      Files.move(fresh, store, StandardCopyOption.REPLACE_EXISTING);
      return new TestCertificate(store);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a key to a store, which is made if missing. */
  static void makeKey(Path store, String alias, String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-keyalg", "EC"));
    command.addAll(List.of("-storetype", "PKCS12", "-keystore", store.toString()));
    command.addAll(List.of("-storepass", PASSWORD));
    command.addAll(List.of(options));
    try {
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
      if (keytool.waitFor() != 0) {
        throw new AssertionError("keytool makes no key: " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public X509Certificate certificate() {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      return (X509Certificate) keys.getCertificate(ALIAS);
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A file with the certificate and its key, as most servers read them. */
  public Path pem() {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      byte[] key = keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded();
      return Files.writeString(
          store.resolveSibling(store.getFileName() + ".pem"),
          pem("PRIVATE KEY", key) + pem("CERTIFICATE", certificate().getEncoded()));
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }

  /** These bytes as PEM (RFC 7468), labelled as what they are. */
  public static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(what, Base64.getMimeEncoder().encodeToString(der), what);
  }

  /** Trusts this certificate alone. */
  public SSLContext trusting() {
    return trusting(null);
  }

  /** Likewise, with these keys to show; null for none. */
  SSLContext trusting(KeyManager[] own) {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(ALIAS, certificate());
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }
}
