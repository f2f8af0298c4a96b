namespace TorchSharp
{
    public static partial class torch
    {
        public partial class Tensor : IDisposable
        {
            public void Dispose() => GC.SuppressFinalize(this);
        }
    }
}

namespace TorchSharp.Modules
{
    public class Parameter : torch.Tensor;
}
