package io.tideline.net.http;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.CipherSuiteFilter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextOption;
import io.netty.handler.ssl.SslProvider;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/**
 * A substitution of the native executable, which has the JDK's TLS and no OpenSSL. Quarkus 3.33
 * substitutes the factories that Netty had up to 4.1.135; from then on the builder of contexts
 * calls one with a further parameter, which only OpenSSL needs. It makes the JDK's context as the
 * others do. Goes with {@code netty.version} in {@code pom.xml}.
 */
@TargetClass(SslContext.class)
final class NettySslContext {
  private NettySslContext() {}

  @Substitute
  static SslContext newClientContextInternal(
      SslProvider provider,
      Provider sslContextProvider,
      X509Certificate[] trustCert,
      TrustManagerFactory trustManagerFactory,
      X509Certificate[] keyCertChain,
      PrivateKey key,
      String keyPassword,
      KeyManagerFactory keyManagerFactory,
      Iterable<String> ciphers,
      CipherSuiteFilter cipherFilter,
      ApplicationProtocolConfig apn,
      String[] protocols,
      long sessionCacheSize,
      long sessionTimeout,
      boolean startTls,
      boolean enableOcsp,
      SecureRandom secureRandom,
      String keyStoreType,
      String endpointIdentificationAlgorithm,
      Map.Entry<SslContextOption<?>, Object>[] options)
      throws SSLException {
    if (enableOcsp) {
      throw new IllegalArgumentException("OCSP needs OpenSSL, which isn't here");
    }
    return (SslContext)
        (Object)
            new JdkClientContext(
                sslContextProvider,
                trustCert,
                trustManagerFactory,
                keyCertChain,
                key,
                keyPassword,
                keyManagerFactory,
                ciphers,
                cipherFilter,
                apn,
                protocols,
                sessionCacheSize,
                sessionTimeout,
                secureRandom,
                keyStoreType,
                endpointIdentificationAlgorithm,
                new ResumptionController());
  }

  /** A class that only Netty's package can name. */
  @TargetClass(className = "io.netty.handler.ssl.ResumptionController")
  static final class ResumptionController {
    @Alias
    ResumptionController() {}
  }

  /** A constructor that only Netty's package can call. */
  @TargetClass(className = "io.netty.handler.ssl.JdkSslClientContext")
  static final class JdkClientContext {
    @Alias
    JdkClientContext(
        Provider sslContextProvider,
        X509Certificate[] trustCert,
        TrustManagerFactory trustManagerFactory,
        X509Certificate[] keyCertChain,
        PrivateKey key,
        String keyPassword,
        KeyManagerFactory keyManagerFactory,
        Iterable<String> ciphers,
        CipherSuiteFilter cipherFilter,
        ApplicationProtocolConfig apn,
        String[] protocols,
        long sessionCacheSize,
        long sessionTimeout,
        SecureRandom secureRandom,
        String keyStoreType,
        String endpointIdentificationAlgorithm,
        ResumptionController resumptionController)
        throws SSLException {}
  }
}
