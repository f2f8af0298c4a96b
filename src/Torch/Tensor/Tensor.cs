using System.Runtime.CompilerServices;
using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A view of numbers in native memory, with the history that gradients need.</summary>
    /// <remarks>Freed by <see cref="Dispose()"/>, by the scope it was born in, or last by its finalizer.</remarks>
    public partial class Tensor : IDisposable
    {
        private nint _handle;

        /// <summary>Takes over one native reference.</summary>
        internal Tensor(nint handle)
        {
            _handle = Native.Check(handle);
            if (DisposeScopeManager.Current is { } scope)
            {
                Scope = scope;
                scope.Add(this);
            }
        }

        ~Tensor() => Dispose(false);

        /// <summary>The scope that will dispose this tensor.</summary>
        internal DisposeScope? Scope { get; set; }

        public nint Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Tensor));
        }

        public bool IsInvalid => _handle == 0;

        public long Dimensions => Kept(Native.vt_dim(Handle));

        public long dim() => Kept((long)Native.vt_dim(Handle));

        internal int Rank => Kept(Native.vt_dim(Handle));

        public long ndim => Kept(Native.vt_dim(Handle));

        public long NumberOfElements => Kept(Native.vt_numel(Handle));

        public long numel() => Kept(Native.vt_numel(Handle));

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Native.vt_dim(Handle)];
                fixed (long* at = sizes)
                    Native.vt_sizes(Handle, at);
                return Kept(sizes);
            }
        }

        public long size(int dim) => shape[dim < 0 ? dim + Native.vt_dim(Handle) : dim];

        public unsafe long[] stride()
        {
            var strides = new long[Native.vt_dim(Handle)];
            fixed (long* at = strides)
                _ = Native.Check(Native.vt_strides(Handle, at));
            return Kept(strides);
        }

        public ScalarType dtype => Kept((ScalarType)Native.vt_dtype(Handle));

        public Device device => Kept(Device.Unpack(Native.vt_device(Handle)));

        public DeviceType device_type => Kept((DeviceType)(Native.vt_device(Handle) >> 8));

        public int device_index => device.index;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_contiguous() => Kept(Native.vt_is_contiguous(Handle) != 0);

        /// <summary>Holds this object past a native call with its handle: no finalizer comes in between.</summary>
        private T Kept<T>(T result)
        {
            GC.KeepAlive(this);
            return result;
        }

        /// <summary>"[2, 3]".</summary>
        internal string ShapeText => _handle == 0 ? "disposed" : $"[{string.Join(", ", shape)}]";

        public Tensor DetachFromDisposeScope()
        {
            Scope?.MarkAsDisposed(this);
            return this;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            other.Attach(this);
            return this;
        }

        /// <summary>A second object for the same tensor, with a life of its own.</summary>
        public Tensor alias() => Kept(new Tensor(Native.Check(Native.vt_alias(Handle))));

        /// <summary>Puts another tensor behind this object; the other's object is empty afterwards.</summary>
        internal void Become(Tensor other)
        {
            nint before = Interlocked.Exchange(ref _handle, Interlocked.Exchange(ref other._handle, 0));
            other.DetachFromDisposeScope();
            if (before != 0)
                Native.vt_release(before);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
                return;

            Native.vt_release(handle);
            if (disposing)
                Scope?.MarkAsDisposed(this);
        }
    }
}
