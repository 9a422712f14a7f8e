/// Which state of a document this is and who made it: the two change together or not at all (C-16).
package struct Revision: Hashable, Sendable {
  /// 1 for a new document, one more with every change.
  package let version: Int
  package let stamp: RecordStamp

  package init(version: Int, stamp: RecordStamp) {
    self.version = version
    self.stamp = stamp
  }

  /// What the caller makes of it now.
  package func next(by caller: Caller, at instant: Timestamp) -> Revision {
    Revision(version: version + 1, stamp: stamp.touched(by: caller, at: instant))
  }
}
