#!/usr/bin/env python3
"""Takes the command line of native-image and starts the image builder (org.graalvm.nativeimage:svm) with it.

A distribution has a program for that. NATIVE_IMAGE_XMX bounds the builder's heap, NATIVE_IMAGE_OPTIONS adds
options, NATIVE_IMAGE_DEBUG prints the whole command."""
import os, re, subprocess, sys, tempfile, zipfile
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
BUILDER = sorted((HOME / 'lib/svm/builder').glob('*.jar'))
UPGRADE = sorted((HOME / 'lib/svm/upgrade').glob('*.jar'))
VERSION = (HOME / 'lib/svm/VERSION').read_text().strip()
CLIB = HOME / 'lib/svm/clibraries'
MEMORY = os.environ.get('NATIVE_IMAGE_XMX')

VALUED = {  # API option -> hosted option
    '--features': 'Features', '--link-at-build-time': 'LinkAtBuildTime', '--link-at-build-time-paths': 'LinkAtBuildTimePaths',
    '--enable-url-protocols': 'EnableURLProtocols', '--enable-monitoring': 'EnableMonitoringFeatures',
    '--enable-native-access': 'EnableNativeAccess', '--add-exports': 'AddExports', '--add-opens': 'AddOpens', '--add-reads': 'AddReads',
    '--future-defaults': 'FutureDefaults', '--trace-object-instantiation': 'TraceObjectInstantiation', '--color': 'Color',
    '--parallelism': 'NumberOfThreads', '--libc': 'UseLibC', '-march': 'MicroArchitecture', '-o': 'Name', '--emit': 'EmitReports',
    '--native-compiler-options': 'CCompilerOption', '--native-compiler-path': 'CCompilerPath',
    '--exact-reachability-metadata': 'ThrowMissingRegistrationErrors',
    '--exact-reachability-metadata-path': 'ThrowMissingRegistrationErrorsPaths'}
DEFAULTS = {'--enable-monitoring': '<deprecated-default>', '--future-defaults': '<default-value>'}
WHITESPACE = {'--add-exports', '--add-opens', '--add-reads', '--enable-native-access', '-o'}
FIXED = {'--no-fallback': 'FallbackThreshold=0', '--enable-http': 'EnableURLProtocols=http', '--enable-https': 'EnableURLProtocols=https',
         '-g': 'GenerateDebugInfo=2', '--enable-all-security-services': '+EnableAllSecurityServices', '--silent': '+BuildOutputSilent',
         '--static-nolibc': '+StaticExecutableWithDynamicLibC', '--shared': '+SharedLibrary', '--static': '+StaticExecutable',
         '--gc=serial': '+UseSerialGC', '--gc=epsilon': '+UseEpsilonGC'}
IGNORED = {'--install-exit-handlers', '--strict-image-heap', '--allow-incomplete-classpath', '--report-unsupported-elements-at-runtime',
           '--verbose', '-ea', '--no-server', '--configure-reflection-metadata'}
INIT = {'--initialize-at-run-time': 'run_time', '--initialize-at-build-time': 'build_time',
        '--rerun-class-initialization-at-runtime': 'run_time', '--delay-class-initialization-to-runtime': 'run_time'}
CONFIGS = {'reflect-config.json': 'ReflectionConfigurationResources', 'proxy-config.json': 'DynamicProxyConfigurationResources',
           'serialization-config.json': 'SerializationConfigurationResources', 'resource-config.json': 'ResourceConfigurationResources',
           'jni-config.json': 'JNIConfigurationResources', 'predefined-classes-config.json': 'PredefinedClassesConfigurationResources',
           'reachability-metadata.json': 'ReachabilityMetadataResources'}

java, image, jars, classpath, excludes, rest = [], [], [], [], [], []


def hosted(option, origin):
    """-H: with where it comes from."""
    if option.startswith('-H:'):
        option = option[3:]
    if option[0] in '+-':
        return f'-H:{option}@{origin}'
    name, _, value = option.partition('=')
    return f'-H:{name}@{origin}={value}' if '@' not in name else f'-H:{name}={value}'


def take(args, origin):
    """Options of native-image, from the command line ('user') or from a native-image.properties."""
    args = list(args)
    while args:
        a = args.pop(0)
        name, eq, value = a.partition('=')
        if a.startswith('-J'):
            java.append(a[2:])
        elif a in ('-cp', '-classpath', '--class-path'):
            classpath.extend(p for p in args.pop(0).split(':') if p)
        elif a == '-jar':
            jar(args.pop(0))
        elif a == '--exclude-config':
            excludes.append((re.compile(args.pop(0)), re.compile(args.pop(0))))
        elif a in IGNORED:
            pass
        elif a in FIXED:
            image.append(hosted(FIXED[a], origin + '+api'))
        elif a == '--add-modules':
            java.extend([a, args.pop(0)])
        elif name == '--add-modules' or a.startswith('-D'):
            java.append(a)
        elif name in INIT:
            image.append(hosted('ClassInitialization=' + ','.join(f'{c}:{INIT[name]}' for c in value.split(',')), origin + '+api'))
        elif name in WHITESPACE and not eq:
            image.append(hosted(f'{VALUED[name]}={args.pop(0)}', origin + '+api'))
        elif name in VALUED:
            image.append(hosted(f'{VALUED[name]}={value if eq else DEFAULTS.get(name, "")}', origin + '+api'))
        elif re.fullmatch(r'-O[0-3bs]', a):
            image.append(hosted('Optimize=' + a[2:], origin + '+api'))
        elif a in ('-H:+UnlockExperimentalVMOptions', '-H:-UnlockExperimentalVMOptions'):
            pass
        elif a.startswith('-H:'):
            image.append(hosted(a, origin))
        elif a.startswith('-R:'):
            image.append(a)
        elif a.startswith('-'):
            sys.exit(f'native-image: the driver of native/toolchain doesn't know the option {a} from {origin}')
        else:
            rest.append(a)


def properties(text):
    found, lines = {}, text.replace('\r', '').split('\n')
    while lines:
        line = lines.pop(0).strip()
        if not line or line[0] in '#!':
            continue
        while line.endswith('\\') and lines:
            line = line[:-1] + ' ' + lines.pop(0).strip()
        key, _, value = line.partition('=')
        found[key.strip()] = value.strip()
    return found


def jar(path):
    path = Path(path).resolve()
    jars.append(path)
    with zipfile.ZipFile(path) as z:
        text = z.read('META-INF/MANIFEST.MF').decode().replace('\r', '').replace('\n ', '')
    manifest = dict(l.split(': ', 1) for l in text.split('\n') if ': ' in l)
    classpath.append(str(path))
    classpath.extend(str(path.parent / p) for p in manifest.get('Class-Path', '').split())
    image.append('-H:Class=' + manifest['Main-Class'])
    for key, option in (('Add-Opens', 'AddOpens'), ('Add-Exports', 'AddExports')):
        for v in manifest.get(key, '').split():
            image.append(f'-H:{option}={v}=ALL-UNNAMED')
    if manifest.get('Enable-Native-Access'):
        java.append('--enable-native-access=ALL-UNNAMED')


def metadata(entry):
    """What a class path entry says below META-INF/native-image."""
    entry = Path(entry)
    if entry.is_dir():
        files = {str(p.relative_to(entry)): p.read_bytes for p in sorted((entry / 'META-INF/native-image').rglob('*')) if p.is_file()}
        base = entry.as_uri().rstrip('/') + '/'
    elif zipfile.is_zipfile(entry):
        z = zipfile.ZipFile(entry)
        files = {n: (lambda n=n: z.read(n)) for n in z.namelist() if n.startswith('META-INF/native-image/') and not n.endswith('/')}
        base = f'jar:{entry.as_uri()}!/'
    else:
        return
    for name, read in files.items():
        if any(j.search(str(entry)) and r.search('/' + name) for j, r in excludes):
            continue
        folder, _, leaf = name.rpartition('/')
        if leaf == 'native-image.properties':
            found = properties(read().decode())
            for a in found.get('JavaArgs', '').split():
                java.append(a)
            args = [a.replace('${.}', folder) for a in found.get('Args', '').split()]
            take(args, base + name)
        elif leaf in CONFIGS:
            image.append(f'-H:{CONFIGS[leaf]}@{base}{name}+api={name}')


def packages():
    """Everything in the modules that the builder looks into, opened to it."""
    cache = HOME / 'lib/svm/exports.args'
    if not cache.exists():
        lines = []
        to = 'ALL-UNNAMED,' + ','.join((HOME / 'lib/svm/MODULES').read_text().split())
        for module in ('java.base', 'java.management', 'jdk.management', 'jdk.jfr', 'jdk.internal.vm.ci', 'jdk.zipfs', 'jdk.jartool',
                       'java.logging', 'java.xml', 'java.net.http', 'java.rmi', 'java.naming', 'jdk.management.agent', 'java.instrument',
                       'jdk.internal.jvmstat', 'jdk.attach', 'java.sql', 'java.compiler', 'jdk.net', 'java.prefs', 'jdk.unsupported',
                       'java.security.jgss', 'jdk.crypto.cryptoki', 'java.security.sasl', 'jdk.naming.dns', 'jdk.httpserver'):
            out = subprocess.run([HOME / 'bin/java', '--describe-module', module], capture_output=True, text=True).stdout
            for line in out.split('\n'):
                words = line.split()
                if words and (words[0] in ('exports', 'contains', 'opens') or words[:2] in (['qualified', 'exports'], ['qualified', 'opens'])):
                    package = words[2] if words[0] == 'qualified' else words[1]
                    lines += [f'--add-exports={module}/{package}={to}', f'--add-opens={module}/{package}={to}']
        cache.write_text('\n'.join(dict.fromkeys(lines)) + '\n')
    return cache


def main():
    args = sys.argv[1:]
    if '--version' in args:
        release = dict(l.split('=', 1) for l in (HOME / 'release').read_text().split('\n') if '=' in l)
        jdk, vendor = release['JAVA_RUNTIME_VERSION'].strip('"'), release['IMPLEMENTOR_VERSION'].strip('"')
        print(f'native-image {VERSION} {release["JAVA_VERSION_DATE"]}'.replace('"', ''))
        print(f'OpenJDK Runtime Environment GraalVM CE {VERSION}+0.1 (build {jdk.replace("-LTS", "")}-jvmci-25.0-b01)')
        print(f'OpenJDK 64-Bit Server VM GraalVM CE {VERSION}+0.1 (build {jdk.replace("-LTS", "")}-jvmci-25.0-b01, mixed mode, sharing)')
        return 0
    expanded = []
    for a in args:
        expanded += Path(a[1:]).read_text().split() if a.startswith('@') else [a]
    take(os.environ.get('NATIVE_IMAGE_OPTIONS', '').split() + expanded, 'user')
    cp = [str(Path(p).resolve()) for p in classpath] or [os.getcwd()]
    for entry in cp:
        metadata(entry)
    names = list(rest)
    if not names and jars:
        names = [jars[-1].stem]
    if not any(o.startswith('-H:Class=') for o in image) and names:
        image.append('-H:Class=' + names.pop(0))
    if names:
        image.append('-H:Name=' + names[-1])
    elif not any(re.match(r'-H:Name[@=]', o) for o in image):
        image.append('-H:Name=' + [o for o in image if o.startswith('-H:Class=')][-1].split('=')[1].lower())
    clib = ','.join(map(str, (CLIB / 'linux-amd64/glibc', CLIB / 'linux-amd64', CLIB)))
    fixed = [f'-H:CLibraryPath={clib}', f'-H:Path@driver={os.getcwd()}', '-H:ImageBuildID@driver=00000000-0000-0000-0000-000000000000',
             f'-H:NativeLinkerOption@driver=-Wl,-rpath,$ORIGIN:{HOME}/lib/svm/run', f'-H:+BuildOutputProgress@driver' if sys.stdout.isatty() else '-H:-BuildOutputProgress@driver']
    total = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    modulepath = ':'.join(map(str, BUILDER))
    jvm = ['-XX:+UseParallelGC', '-XX:+UnlockExperimentalVMOptions', '-XX:+EnableJVMCI', '-XX:-UseJVMCICompiler', '-Xss10m',
           f'-Xmx{MEMORY}' if MEMORY else '-XX:MaxRAMPercentage=60', '-XX:GCTimeRatio=9', '-XX:+ExitOnOutOfMemoryError', '-Xshare:off',
           '-Dtruffle.TrustAllTruffleRuntimeProviders=true', '-Dtruffle.TruffleRuntime=com.oracle.truffle.api.impl.DefaultTruffleRuntime',
           '-Dgraalvm.ForcePolyglotInvalid=true', '-Dgraalvm.locatorDisabled=true', '-Dsubstratevm.HostLibC=glibc',
           '-Djava.awt.headless=true', '-Dorg.graalvm.vendor=GraalVM Community (own assembly)', '-Dorg.graalvm.vendorurl=https://www.graalvm.org/',
           f'-Dorg.graalvm.vendorversion=GraalVM CE {VERSION} (own assembly)', f'-Dorg.graalvm.version={VERSION}',
           '-Dcom.oracle.graalvm.isaot=true', '-Djava.system.class.loader=com.oracle.svm.hosted.NativeImageSystemClassLoader',
           '-Dorg.graalvm.nativeimage.imagecode=buildtime', '-Djdk.internal.lambda.disableEagerInitialization=true',
           '-Djdk.internal.lambda.eagerlyInitialize=false', '-Djava.lang.invoke.InnerClassLambdaMetafactory.initializeLambdas=false',
           '-Djava.lang.invoke.MethodHandle.DONT_INLINE_THRESHOLD=-1', '-Djava.lang.invoke.MethodHandle.PROFILE_GWT=false',
           '--add-modules=ALL-DEFAULT', '--enable-native-access=' + ','.join((HOME / 'lib/svm/MODULES').read_text().split()),
           '--upgrade-module-path', ':'.join(map(str, UPGRADE)), '--module-path', modulepath]
    with tempfile.TemporaryDirectory(prefix='native-image-') as tmp:
        argfile = Path(tmp, 'image.args')
        argfile.write_text('\0'.join(['-imagecp', ':'.join(cp)] + fixed + image))
        command = [str(HOME / 'bin/java'), f'@{packages()}', *jvm, *java,
                   '--module', 'org.graalvm.nativeimage.builder/com.oracle.svm.hosted.NativeImageGeneratorRunner', f'--image-args-file={argfile}']
        if os.environ.get('NATIVE_IMAGE_DEBUG'):
            print('\n'.join(command), '\n\n', argfile.read_text().replace('\0', '\n'), sep='', file=sys.stderr)
        env = dict(os.environ, USE_NATIVE_IMAGE_JAVA_PLATFORM_MODULE_SYSTEM='true', JVMCI_VERSION_CHECK='ignore', DRIVER_TEMP_DIR_ENV_VARIABLE=tmp)
        for k in ('JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS'):
            env.pop(k, None)
        return subprocess.run(command, env=env).returncode


sys.exit(main())
