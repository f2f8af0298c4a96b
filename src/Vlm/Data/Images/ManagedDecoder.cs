namespace Vlm.Images;

/// <summary>Calls decoders that are written in C#.</summary>
internal static class ManagedDecoder
{
    /// <summary>
    /// What a call gives. On damaged files they throw whatever their code runs into: an index out of range, a cast.
    /// </summary>
    /// <exception cref="UnreadableImageException">The call threw.</exception>
    public static T Run<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or UnreadableImageException))
        {
            throw new UnreadableImageException($"{UnreadableImageException.Damaged} ({e.GetType().Name})");
        }
    }
}
