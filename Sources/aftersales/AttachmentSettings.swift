import Blobs
import Domain

/// Where files on documents lie, and how large they may be.
struct AttachmentSettings: Sendable {
  struct BucketKey: Sendable {
    let id: String
    let secret: String
    let region: String
  }

  /// The files, or with a bucket only uploads on their way to it. One for all instances on a machine; several machines need
  /// a bucket or a shared file system.
  let folder: String
  /// Bytes of one file.
  let maximumBytes: Int
  /// Bytes that stay free on the folder's disk.
  let reservedBytes: Int
  let bucketURL: String?
  let bucketKey: BucketKey?

  var isUsable: Bool { bucketURL == nil || bucket({ 0 }) != nil }

  func store(_ clock: WallClock) -> BlobStore {
    let bucket = bucket { clock.now().milliseconds / 1000 }
    return BlobStore(
      root: folder, reserve: UInt64(reservedBytes), place: bucket.map { .bucket($0) } ?? .folder)
  }

  private func bucket(_ seconds: @escaping @Sendable () -> Int64) -> BlobBucket? {
    guard let bucketURL, let bucketKey else { return nil }
    return BlobBucket(
      url: bucketURL, key: .init(id: bucketKey.id, secret: bucketKey.secret, region: bucketKey.region),
      clock: seconds)
  }
}
