package org.openautoglm.jobs.kafka.transactions;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * What the brokers' transaction coordinators say of transactional ids, and how ids are fenced.
 * Needs Describe on the ids, and Write to fence them. Opened for a moment, where something is to be
 * asked.
 */
final class CoordinatorView implements AutoCloseable {
  private static final int CALL_TIMEOUT_MS = 30_000;

  private final Admin admin;

  CoordinatorView(Properties client) {
    Properties properties = new Properties();
    properties.putAll(client);
    // A client refuses to be made where its calls would end before its requests.
    int requestMs = Integer.parseInt(properties.getProperty("request.timeout.ms", "30000").trim());
    properties.putIfAbsent(
        "default.api.timeout.ms", Integer.toString(Math.max(CALL_TIMEOUT_MS, requestMs)));
    admin = Admin.create(properties);
  }

  /** The state of an id; empty where it is not known. */
  Optional<TransactionDescription> describe(String id)
      throws ExecutionException, InterruptedException {
    try {
      return Optional.of(admin.describeTransactions(List.of(id)).description(id).get());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TransactionalIdNotFoundException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The ids among ours that have an open transaction. */
  List<String> open(OwnIds ours) throws ExecutionException, InterruptedException {
    String pattern =
        ours.prefixes().stream()
            .map(Pattern::quote)
            .collect(Collectors.joining("|", "(", ")-[0-9]+-[0-9]+"));
    Collection<TransactionListing> open;
    try {
      open = list(options().filterOnTransactionalIdPattern(pattern));
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof UnsupportedVersionException)) {
        throw e;
      }
      // Brokers before 4.1 list all.
      open = list(options());
    }
    return open.stream().map(TransactionListing::transactionalId).filter(ours::has).toList();
  }

  private static ListTransactionsOptions options() {
    return new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING));
  }

  private Collection<TransactionListing> list(ListTransactionsOptions options)
      throws ExecutionException, InterruptedException {
    return admin.listTransactions(options).all().get();
  }

  /** Aborts what is open under these ids, and shuts out whoever still has them. */
  void fence(Collection<String> ids) throws ExecutionException, InterruptedException {
    admin.fenceProducers(ids).all().get();
  }

  @Override
  public void close() {
    admin.close();
  }
}
