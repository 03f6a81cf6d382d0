/**
 * The micro-batch window: which rows run together, when and where.
 *
 * <p>Read in this order: {@link org.openautoglm.operators.batching.MicroBatchWindow}, the operator,
 * which only wires Flink to {@link org.openautoglm.operators.batching.Windows}, the plain core. A
 * {@link org.openautoglm.operators.batching.RowPool} holds what waits, a {@link
 * org.openautoglm.operators.batching.SchedulingPolicy} picks a {@link
 * org.openautoglm.operators.batching.Batch} from it, a {@link
 * org.openautoglm.operators.batching.BatchRun} runs that on a lane and reports each row's end.
 */
package org.openautoglm.operators.batching;
