using System.Runtime.CompilerServices;

namespace Vlm;

/// <summary>
/// Has .NET say so where a gzip file ends too early: by itself it gives what there is, as if it were all. The switch is the
/// process', and is looked at once, when the first file is unpacked.
/// </summary>
internal static class StrictGzip
{
#pragma warning disable CA2255 // in a library: it sets one switch and does nothing else
    [ModuleInitializer]
    internal static void Set() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
#pragma warning restore CA2255
}
