namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place between brackets: a number, a range, a mask, all, the rest, a new dimension.</summary>
    public readonly struct TensorIndex
    {
        private TensorIndex(IndexKind kind, long? first = null, long? stop = null, long? step = null) =>
            (Kind, First, Stop, Step) = (kind, first, stop, step);

        private TensorIndex(Tensor? tensor) => (Kind, Mask) = (IndexKind.Tensor, tensor);

        internal IndexKind Kind { get; }

        /// <summary>The number; or where the slice starts; or, of a truth value, 1.</summary>
        internal long? First { get; }

        internal long? Stop { get; }

        internal long? Step { get; }

        internal Tensor? Mask { get; }

        /// <summary>As many whole dimensions as are left over.</summary>
        public static readonly TensorIndex Ellipsis = new(IndexKind.Ellipsis);

        /// <summary>A new dimension of size 1.</summary>
        public static readonly TensorIndex None = new(IndexKind.None);

        /// <summary>A new dimension of size 1.</summary>
        public static readonly TensorIndex Null = None;

        /// <summary>A whole dimension.</summary>
        public static readonly TensorIndex Colon = new(IndexKind.Slice);

        public static TensorIndex Single(long? index) => new(IndexKind.Single, index);

        public static TensorIndex Bool(bool value) => new(IndexKind.Bool, value ? 1 : 0);

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(IndexKind.Slice, start, stop, step);

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? range.Start.Value == 0 ? long.MaxValue : -range.Start.Value : range.Start.Value,
            range.End.IsFromEnd ? range.End.Value == 0 ? null : -range.End.Value : range.End.Value);

        public static TensorIndex Tensor(Tensor tensor) => new(tensor);

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Index index) =>
            Single(index.IsFromEnd ? -index.Value : index.Value);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex((int?, int?) range) => Slice(range);
    }

    internal enum IndexKind
    {
        None,
        Single,
        Slice,
        Ellipsis,
        Bool,
        Tensor,
    }
}
