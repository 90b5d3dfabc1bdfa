package io.tideline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** A certificate authority of a test's own, in a store with the clients that it vouches for. */
public record TestAuthority(Path store) {
  private static final String ALIAS = "authority";
  private static final char[] PASSWORD = TestCertificate.PASSWORD.toCharArray();

  /** Makes one, in place of what is in the store. */
  public static TestAuthority make(Path store) {
    try {
      Files.createDirectories(store.toAbsolutePath().getParent());
      Files.deleteIfExists(store);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    TestCertificate.makeKey(
        store, ALIAS, "-dname", "CN=Authority " + store.getFileName(), "-ext", "bc:c");
    return new TestAuthority(store);
  }

  /** Signs a client that is good for a day; alternative names are as {@code uri:urn:x,dns:y}. */
  public TestAuthority sign(String alias, String subject, String alternativeNames) {
    return sign(alias, subject, alternativeNames, Duration.ofDays(1));
  }

  /** Likewise, one that is good for so long from now on, a day at most; negative: it was. */
  public TestAuthority sign(String alias, String subject, String alternativeNames, Duration left) {
    return sign(alias, subject, alternativeNames, left, "clientAuth");
  }

  /** Likewise, one for this use (RFC 5280, 4.2.1.12), a day long. */
  public TestAuthority sign(String alias, String subject, String alternativeNames, String use) {
    return sign(alias, subject, alternativeNames, Duration.ofDays(1), use);
  }

  private TestAuthority sign(
      String alias, String subject, String alternativeNames, Duration left, String use) {
    TestCertificate.makeKey(
        store,
        alias,
        "-signer",
        ALIAS,
        "-dname",
        subject,
        "-ext",
        "san=" + alternativeNames,
        "-ext",
        "eku=" + use,
        "-startdate",
        "-1d" + (left.isNegative() ? "-" : "+") + left.abs().toSeconds() + "S",
        "-validity",
        "1");
    return this;
  }

  public X509Certificate certificate(String alias) {
    try {
      return (X509Certificate) load().getCertificate(alias);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** The authority's certificate as PEM. */
  public String pem() {
    try {
      return TestCertificate.pem("CERTIFICATE", certificate(ALIAS).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Shows the certificate of this alias to a server that has the given one. */
  public SSLContext showing(String alias, TestCertificate server) {
    try {
      KeyStore all = load();
      PrivateKey key = (PrivateKey) all.getKey(alias, PASSWORD);
      Certificate[] chain = all.getCertificateChain(alias);
      X509Certificate[] shown = Arrays.copyOf(chain, chain.length, X509Certificate[].class);
      return server.trusting(new KeyManager[] {new Shown(key, shown)});
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Shows its certificate whatever authorities the server says it trusts. */
  private static final class Shown extends X509ExtendedKeyManager {
    private final PrivateKey key;
    private final X509Certificate[] chain;

    Shown(PrivateKey key, X509Certificate[] chain) {
      this.key = key;
      this.chain = chain;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return ALIAS;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return ALIAS;
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return chain.clone();
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }
  }

  private KeyStore load() {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD);
      return keys;
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }
}
