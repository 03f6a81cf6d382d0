/**
 * ONNX Runtime behind the engine port: sessions, devices, and the answers of encoder models. The
 * one package that knows ONNX Runtime.
 */
package org.openautoglm.operators.inference.onnx;
