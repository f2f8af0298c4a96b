namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Reads replies up to a size that no answer needs, so that a server that never ends costs no memory without end.
/// </summary>
internal sealed class BoundedReplies : DelegatingHandler
{
    /// <summary>Most bytes of a reply: 8 MiB, some million tokens.</summary>
    internal const int MostBytes = 1 << 23;

    /// <exception cref="HttpRequestException">The reply is longer:
    /// <see cref="HttpRequestError.ConfigurationLimitExceeded"/>.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage reply = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            var bytes = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            using Stream stream = await reply.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                bytes.Write(buffer, 0, read);
                if (bytes.Length > MostBytes)
                    throw new HttpRequestException(
                        HttpRequestError.ConfigurationLimitExceeded, $"answered with more than {MostBytes >> 20} MiB",
                        statusCode: null);
            }

            Replace(reply, bytes);
            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    private static void Replace(HttpResponseMessage reply, MemoryStream bytes)
    {
        bytes.Position = 0;
        var whole = new StreamContent(bytes);
        foreach ((string name, IEnumerable<string> values) in reply.Content.Headers)
            whole.Headers.TryAddWithoutValidation(name, values);
        reply.Content = whole;
    }
}
