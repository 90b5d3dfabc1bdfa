/**
 * The command line of the program: {@code serve} (also without any command), {@code token}, and
 * what may come beside them. Each command is a class of its own, named below {@link
 * io.tideline.cli.TidelineCommand}; it starts no server and no database, prints its result alone to
 * the standard output and everything else to the standard error.
 *
 * <p>Exit codes: 0 done, 1 it couldn't be done, 2 called in the wrong way. One thread. Allowed
 * imports: {@code access}, {@code stream}, {@code identity}, picocli, jose4j.
 */
package io.tideline.cli;
