// Servers in which nothing moves after a client's byte: for ever, or for a while. MODE as in still_subject.c.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class Server {
    public static void main(String[] args) throws Exception {
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[1]), 16, InetAddress.getByName(args[0]))) {
            while (true) {
                Socket conn = listener.accept();
                conn.getInputStream().read();
                if (args[2].equals("recv"))
                    conn.getInputStream().read();
                Thread.sleep(1500);
                conn.getOutputStream().write('y');
            }
        }
    }
}
