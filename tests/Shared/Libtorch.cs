using System.Runtime.CompilerServices;
using Vlm.Engine;

namespace Vlm.Testing;

/// <summary>Tests make tensors before they call anything of Vlm, which loads libtorch when it is first called.</summary>
internal static class Libtorch
{
    [ModuleInitializer]
    internal static void Load() => NativeLibraries.Require();
}
